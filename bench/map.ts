/**
 * What geometry costs: the grid of a scene, made and read; questions to the
 * free space; what an agent sees, entered into its map.
 *
 *     deno run --allow-all bench/map.ts [--splats 300k,1M] [--rounds 5]
 *
 * Scenes are rooms of SH degree 3 (bench/room.ts) and, for the questions and
 * the map, the demo flat at 256x256.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { findFreeSpace } from "../src/map/find_free_space.ts";
import { ExploredMap } from "../src/map/explored_map.ts";
import { FreeSpace } from "../src/map/free_space.ts";
import { decodeGrid, encodeGrid, gridKey } from "../src/map/grid_bytes.ts";
import { makeOccupancy } from "../src/map/occupancy.ts";
import { cameraAtPose } from "../src/render/camera.ts";
import { createCpuRenderer } from "../src/render/cpu/cpu_renderer.ts";
import { makeDemoScene } from "../src/scene/demo_scene.ts";
import type { SceneFrame } from "../src/scene/scene_frame.ts";
import type { Splats } from "../src/scene/splats.ts";
import { median, numberOf, round } from "./figures.ts";
import { makeRoom, randomNumbers, ROOM_FRAME } from "./room.ts";

const { values } = parseArgs({
  options: {
    splats: { type: "string", default: "300k,1M" },
    rounds: { type: "string", default: "5" },
  },
});
const rounds = Number(values.rounds);

/** Questions of each kind. */
const QUESTIONS = 5000;
/** Looks that are entered into one map, as many as a team of four has steps. */
const LOOKS = 60;

async function timed<Value>(
  work: () => Value | Promise<Value>,
): Promise<{ ms: number; value: Value }> {
  const start = performance.now();
  const value = await work();
  return { ms: performance.now() - start, value };
}

/** The value below which the share `share` of `numbers` lies. */
function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[
    Math.min(sorted.length - 1, Math.floor(share * sorted.length))
  ]!;
}

async function grid(
  name: string,
  splats: Splats,
  frame: SceneFrame,
): Promise<void> {
  const made: number[] = [];
  const found: number[] = [];
  const keyed: number[] = [];
  const read: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const grid = await timed(() => makeOccupancy(splats, frame));
    made.push(grid.ms);
    const { start, bounds } = frame;
    found.push(
      (await timed(() => findFreeSpace(grid.value, { start, bounds }))).ms,
    );
    const key = await timed(() => gridKey(splats, frame));
    keyed.push(key.ms);
    const kept = encodeGrid(grid.value, key.value);
    bytes = kept.length;
    read.push(
      (await timed(() => decodeGrid(kept, { key: key.value, frame }))).ms,
    );
  }
  console.log(
    `grid of ${name}, ${splats.count} splats: first ${
      round(made[0]!)
    } ms, best of ${rounds} ${
      round(Math.min(...made))
    } ms (target < 500 at 300k)`,
  );
  console.log(
    `  storey and free ground: first ${round(found[0]!)} ms, best ${
      round(Math.min(...found))
    } ms`,
  );
  console.log(
    `  kept in a file instead (${Math.round(bytes / 1000)} kB): first ${
      round(keyed[0]! + read[0]!)
    } ms, best ${
      round(Math.min(...keyed) + Math.min(...read))
    } ms to know and to read it`,
  );
}

async function questions(space: FreeSpace): Promise<void> {
  const random = randomNumbers(7);
  const { min, max } = space.bounds;
  const anywhere = (): { x: number; y: number; z: number } => ({
    x: min[0] + random() * (max[0] - min[0]),
    y: min[1] + random() * (max[1] - min[1]),
    z: 0,
  });
  const first = await timed(() => space.pathLength(anywhere(), anywhere()));
  console.log(
    `free space: the first length of a way ${round(first.ms)} ms, then`,
  );
  const kinds: Record<string, () => unknown> = {
    isFree: () => {
      const { x, y, z } = anywhere();
      return space.isFree(x, y, z);
    },
    nearest: () => space.nearest(anywhere()),
    nearestAlong: () => space.nearestAlong(anywhere(), anywhere()),
    isClear: () => space.isClear(anywhere(), anywhere()),
    pathLength: () => space.pathLength(anywhere(), anywhere()),
  };
  for (const [name, ask] of Object.entries(kinds)) {
    const times: number[] = [];
    for (let i = 0; i < QUESTIONS; i++) {
      const start = performance.now();
      ask();
      times.push(performance.now() - start);
    }
    console.log(
      `  ${name.padEnd(13)}median ${round(median(times), 4)} ms, 95% ${
        round(quantile(times, 0.95), 4)
      } ms, 99% ${round(quantile(times, 0.99), 4)} ms (target < 0.1)`,
    );
  }
}

async function updates(
  splats: Splats,
  frame: SceneFrame,
  space: FreeSpace,
): Promise<void> {
  const size = 256;
  const random = randomNumbers(3);
  await using renderer = await createCpuRenderer(splats);
  const looks = [];
  for (let i = 0; i < LOOKS; i++) {
    const { min, max } = frame.bounds;
    const at = i === 0 ? frame.start : space.nearest({
      x: min[0] + random() * (max[0] - min[0]),
      y: min[1] + random() * (max[1] - min[1]),
      z: 0,
    });
    const pose = { ...at, z: 0, yaw: 360 * random() };
    const camera = cameraAtPose(frame, pose, { width: size, height: size });
    const { width, height, depth } = await renderer.render(camera);
    const { fov } = frame;
    looks.push({ width, height, depth, fov, pose, floor: space.floor });
  }
  const times: number[] = [];
  const map = new ExploredMap(frame.bounds);
  for (const look of looks) {
    times.push((await timed(() => map.add(look))).ms);
  }
  console.log(
    `map update at ${size}x${size}, ${LOOKS} looks of which the first is cold: first ${
      round(times[0]!, 2)
    } ms, median ${round(median(times), 2)} ms, 95% ${
      round(quantile(times, 0.95), 2)
    } ms, worst after the first ${
      round(Math.max(...times.slice(1)), 2)
    } ms (target < 5 at 95%)`,
  );
}

const { splats, frame } = makeDemoScene(1);
const { start, bounds } = frame;
const space = findFreeSpace(await makeOccupancy(splats, frame), {
  start,
  bounds,
});
if (!(space instanceof FreeSpace)) throw new Error(space.problem);
await updates(splats, frame, space);
await questions(space);
for (const count of values.splats.split(",").map(numberOf)) {
  await grid("a room", makeRoom(count), ROOM_FRAME);
}
await grid("the demo flat", splats, frame);
