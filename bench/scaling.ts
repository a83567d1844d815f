/**
 * What a view costs on the processor against splats, pixels and overdraw, and
 * how far from the machine's limit that is.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import process from "node:process";
import { encodePng } from "../src/image/png.ts";
import { createRenderer } from "../src/render/create_renderer.ts";
import { allocateSplats, type Splats } from "../src/scene/splats.ts";
import { renderOracle } from "../tests/render/oracle.ts";
import { cameraOf, VIEWS } from "./cameras.ts";
import { fitLine, median, numberOf, round } from "./figures.ts";
import { makeRoom } from "./room.ts";

/** Degrees, vertical. */
const FOV = 75;

/** Mean standard deviation of 200,000 splats in the room's surface, metres. */
const SIZE = 0.0277;

/** Pixels of a side where it is not what is gone through. */
const SIDE = 512;

/** Rounds over the views. */
const ROUNDS = 3;

/** Repeats of the one view whose fragments are counted. */
const REPEATS = 30;

/** Splats of the curtain: a pixel takes them all before it is opaque. */
const CURTAIN = 1500;

/** What is gone through; the short form says less. */
const FULL = {
  counts: ["10k", "30k", "100k", "300k", "1M", "3M"],
  sides: [128, 256, 512, 1024, 2048],
  overdraws: [0.5, 1, 2, 4],
};
const SHORT: typeof FULL = {
  counts: ["10k", "30k", "100k"],
  sides: [256, 512, 1024],
  overdraws: [1],
};

/** Measures and prints the tables. */
export async function benchScaling(
  { short = false }: { short?: boolean } = {},
): Promise<void> {
  const { counts, sides, overdraws } = short ? SHORT : FULL;
  const bySplats: Cost[] = [];
  for (const count of counts.map(numberOf)) {
    bySplats.push({ x: count, ...await measure(makeRoom(count), SIDE) });
  }
  print("splats, at 512x512", bySplats, 1000);

  const room = makeRoom(200_000);
  const byPixels: Cost[] = [];
  for (const side of sides) {
    byPixels.push({ x: side ** 2, ...await measure(room, side) });
  }
  print("pixels, of 200k splats", byPixels, 1000);
  const at = (side: number, what: "y" | "cpu"): number =>
    byPixels.find(({ x }) => x === side ** 2)![what];
  console.log(
    `1024x1024 takes ${round(at(1024, "y") / at(512, "y"), 2)} times 512x512, ${
      round(at(1024, "cpu") / at(512, "cpu"), 2)
    } times its processor time`,
  );

  await benchBlending(overdraws);
}

/** What a view costs at one size. */
interface Cost {
  /** Splats or pixels. */
  readonly x: number;
  /** Milliseconds: mean over the views of the fastest of the rounds. */
  readonly y: number;
  /** Median milliseconds of all. */
  readonly median: number;
  /** The same of the processor time of all threads: what a busy machine changes least. */
  readonly cpu: number;
  /** Median milliseconds of encoding. */
  readonly png: number;
}

/** A table of `costs` against the line through them. */
function print(of: string, costs: readonly Cost[], unit: number): void {
  console.log(`\nsplatscout cpu, ms against ${of}`);
  const offs = (of: "y" | "cpu"): number[] => {
    const { base, slope } = fitLine(costs.map((c) => ({ x: c.x, y: c[of] })));
    const off = costs.map((c) => 100 * (c[of] / (base + slope * c.x) - 1));
    console.log(
      `${of === "y" ? "fastest" : "processor time"}: ${round(base, 2)} ms + ${
        round(slope * unit, 4)
      } ms per ${unit}, off by ${
        round(Math.max(...off.map(Math.abs)), 0)
      }% at most`,
    );
    return off;
  };
  const [off, cpuOff] = [offs("y"), offs("cpu")];
  console.table(
    Object.fromEntries(costs.map((cost, i) => [cost.x, {
      "fastest ms": round(cost.y),
      "off the line, %": round(off[i]!, 0),
      "median ms": round(cost.median),
      "cpu ms": round(cost.cpu),
      "cpu off the line, %": round(cpuOff[i]!, 0),
      "cpu ns each": round(cost.cpu * 1e6 / cost.x),
      "PNG ms": round(cost.png),
    }])),
  );
}

/** Milliseconds of all views. */
async function measure(
  splats: Splats,
  size: number,
): Promise<Omit<Cost, "x">> {
  await using renderer = await createRenderer(splats, { backend: "cpu" });
  const lens = { width: size, height: size, fov: FOV };
  const fastest = VIEWS.map(() => Infinity);
  const least = VIEWS.map(() => Infinity);
  const all: number[] = [];
  const encode: number[] = [];
  await renderer.render(cameraOf(VIEWS[0]!, lens)); // Makes room.
  for (let k = 0; k < ROUNDS; k++) {
    for (const [i, view] of VIEWS.entries()) {
      const begin = performance.now();
      const before = process.cpuUsage();
      const image = await renderer.render(cameraOf(view, lens));
      const { user, system } = process.cpuUsage(before);
      const ms = performance.now() - begin;
      least[i] = Math.min(least[i]!, (user + system) / 1000);
      fastest[i] = Math.min(fastest[i]!, ms);
      all.push(ms);
      await encodePng(image);
      encode.push(performance.now() - begin - ms);
    }
  }
  const mean = (each: readonly number[]): number =>
    each.reduce((sum, ms) => sum + ms) / each.length;
  return {
    y: mean(fastest),
    median: median(all),
    cpu: mean(least),
    png: median(encode),
  };
}

/** Processor time by overdraw, against what blending alone can do. */
async function benchBlending(overdraws: readonly number[]): Promise<void> {
  const blending: Blending[] = [];
  for (const factor of overdraws) {
    // Overdraw goes with the square of the size.
    const splats = makeRoom(200_000, { size: SIZE * Math.sqrt(factor) });
    blending.push(await blend(`200k, 512, size^2 x${factor}`, splats));
  }
  const limit = await blend(`${CURTAIN} that each cover all`, makeCurtain());
  const { base, slope } = fitLine(blending.map(({ fragments, cpu }) => ({
    x: fragments,
    y: cpu,
  })));
  console.log("\nsplatscout cpu, processor ms against overdraw, one view");
  const rate = ({ fragments, cpu }: Blending): number =>
    fragments * SIDE ** 2 / cpu / 1e6;
  if (blending.length > 1) {
    const more = SIDE ** 2 / slope / 1e6;
    const off = blending.map(({ fragments, cpu }) =>
      Math.abs(100 * (cpu / (base + slope * fragments) - 1))
    );
    console.log(
      `${round(base, 2)} ms + ${
        round(slope, 3)
      } ms per fragment a pixel, off by ${
        round(Math.max(...off), 0)
      }% at most; one more is blended at ${
        round(more, 3)
      } fragments a ns of a core, ${
        round(more / rate(limit), 2)
      } of what blending alone does`,
    );
  }
  console.table(Object.fromEntries([...blending, limit].map((row) => [
    row.name,
    {
      "fastest ms": round(row.ms),
      "cpu ms": round(row.cpu),
      "fragments a pixel": round(row.fragments),
      "fragments a ns of a core": round(rate(row), 3),
      "of blending alone": round(rate(row) / rate(limit), 2),
    },
  ])));
}

/** What one view costs. */
interface Blending {
  readonly name: string;
  /** Milliseconds, the least of the repeats. */
  readonly ms: number;
  /** Processor milliseconds of all threads, the least of the repeats. */
  readonly cpu: number;
  /** Fragments that a pixel blends on average, as the oracle counts them. */
  readonly fragments: number;
}

async function blend(name: string, splats: Splats): Promise<Blending> {
  const camera = cameraOf(VIEWS[0]!, { width: SIDE, height: SIDE, fov: FOV });
  const fragments = renderOracle(splats, camera).fragments
    .reduce((sum, count) => sum + count, 0) / SIDE ** 2;
  await using renderer = await createRenderer(splats, { backend: "cpu" });
  let [ms, cpu] = [Infinity, Infinity];
  for (let k = 0; k < REPEATS; k++) {
    const begin = performance.now();
    const before = process.cpuUsage();
    await renderer.render(camera);
    const { user, system } = process.cpuUsage(before);
    ms = Math.min(ms, performance.now() - begin);
    cpu = Math.min(cpu, (user + system) / 1000);
  }
  return { name, ms, cpu, fragments };
}

/** Splats before the first view that are all but transparent and larger than it: blending alone. */
function makeCurtain(): Splats {
  const splats = allocateSplats(CURTAIN, 0);
  const [x, y, z] = VIEWS[0]!.position;
  for (let i = 0; i < CURTAIN; i++) {
    splats.positions.set([x, y, z + 1 + i / CURTAIN], 3 * i);
    splats.scales.fill(20, 3 * i, 3 * i + 3);
    splats.rotations.set([1, 0, 0, 0], 4 * i);
    splats.opacities[i] = 0.005;
  }
  return splats;
}
