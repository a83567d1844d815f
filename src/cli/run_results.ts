/**
 * The files that a run folder gets when its run is over: for people the report
 * and the animation, for other tools the ways of the agents.
 *
 * @module
 */

import { join } from "node:path";
import type { Image } from "../image/image.ts";
import { encodePng } from "../image/png.ts";
import type { FloorPlan } from "../map/floor_plan.ts";
import { makeFloorPlan } from "../map/make_floor_plan.ts";
import { renderMap } from "../render/map_view.ts";
import { csvOf, transformsOf, tumOf } from "../results/camera_paths.ts";
import { placeIn } from "../results/place_in.js";
import { describeRun } from "../results/run_description.ts";
import {
  agentsOf,
  looksOf,
  type RecordMap,
  type RunRecord,
} from "../results/run_record.ts";
import { supersplatSettingsOf } from "../results/supersplat.ts";
import type { World } from "../world.ts";
import { viewPath } from "./view_names.ts";
import { writeWhole } from "./write_whole.ts";

/** A run that is over, and where it was. */
export interface FinishedRun extends Omit<RunRecord, "scene" | "bounds"> {
  readonly world: World;
  /** Small views, agent, then step; none if no animation is wanted. */
  readonly pictures: readonly (readonly Image[])[];
}

/**
 * Writes them into `folder`, each whole or not at all.
 *
 * @throws {UsageError} If one cannot be written.
 */
export async function writeResults(
  folder: string,
  { world, pictures, ...run }: FinishedRun,
): Promise<void> {
  const { frame, width, height, name: scene } = world;
  const map = await mapOf(world);
  const floor = await floorOf(world);
  const record: RunRecord = {
    ...run,
    scene,
    bounds: frame.bounds,
    ...(map === undefined ? {} : { map }),
    ...(floor === undefined ? {} : { floor }),
  };
  const looks = looksOf(record);
  const write = (name: string, content: string | Uint8Array): Promise<void> =>
    writeWhole(
      join(folder, name),
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  const json = (value: unknown): string =>
    `${JSON.stringify(value, null, 2)}\n`;

  const { reportHtml } = await import("../results/report.ts");
  await write("report.html", await reportHtml(record));
  if (map !== undefined) await write("map.png", map.png);
  await write("run.json", json(describeRun(record, { frame, width, height })));
  await write(
    "transforms.json",
    json(transformsOf(looks, {
      frame,
      width,
      height,
      pathOf: ({ agentId, step }) => viewPath(agentId, step),
    })),
  );
  await write("path.csv", csvOf(looks));
  const found = foundIn(record);
  for (const id of agentsOf(record)) {
    const own = looks.filter(({ agentId }) => agentId === id);
    await write(`agent-${id}.tum.txt`, tumOf(own));
    await write(
      `agent-${id}.supersplat.json`,
      json(supersplatSettingsOf(own, {
        frame,
        query: record.query,
        ...(found?.agentId === id ? { found } : {}),
      })),
    );
  }
  if (pictures.length > 0) {
    const { encodeGif, framesOf } = await import("../results/animation.ts");
    await write("run.gif", encodeGif(framesOf(pictures)));
  }
}

/** The place from above; none where it cannot be rendered. */
async function mapOf(world: World): Promise<RecordMap | undefined> {
  try {
    const { image, area } = await renderMap(
      await world.renderer(),
      world.frame,
    );
    return { png: await encodePng(image), area };
  } catch {
    return undefined; // The renderer failed, as the run's events say.
  }
}

/** The floor that can be reached; none where it cannot be told. */
async function floorOf(world: World): Promise<FloorPlan | undefined> {
  const { start } = world.frame;
  const space = await world.freeSpace(start).catch(() => undefined);
  return space && makeFloorPlan(space, start);
}

function foundIn(
  { events }: RunRecord,
):
  | { agentId: number; position: [number, number, number]; text: string }
  | undefined {
  for (const { event } of events) {
    if (event.type !== "agent_found") continue;
    const place = placeIn(event.description);
    return place && {
      agentId: event.agent_id,
      position: [place.x, place.y, place.z],
      text: event.description,
    };
  }
  return undefined;
}
