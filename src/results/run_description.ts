/**
 * `run.json`: what the events of a run do not tell, so that the folder alone
 * is enough to show it again.
 *
 * @module
 */

import { z } from "zod";
import type { SceneFrame } from "../scene/scene_frame.ts";
import type { RunRecord, TimedEvent } from "./run_record.ts";

const point = z.tuple([z.number(), z.number(), z.number()]);
const ground = z.tuple([z.number(), z.number()]);

/** Schema of `run.json`. */
export const runDescription = z.object({
  /** Of this layout. */
  version: z.literal(1),
  query: z.string(),
  scene: z.string(),
  /** ISO 8601. */
  started_at: z.iso.datetime(),
  /** Pixels of a view. */
  width: z.int().positive(),
  height: z.int().positive(),
  /** Vertical field of view, degrees. */
  fov: z.number(),
  /** World metres. */
  bounds: z.object({ min: point, max: point }),
  start: z.object({
    x: z.number(),
    y: z.number(),
    z: z.number(),
    yaw: z.number(),
  }),
  /** World metres that `map.png` shows, y up; absent without it. */
  map: z.object({ min: ground, max: ground }).optional(),
  /** Milliseconds since the run began, one for each line of `events.ndjson`. */
  times: z.array(z.number()),
  /** The floor that can be reached, as `/floor` has it; absent where it cannot be told. */
  floor: z.object({
    min: ground,
    cell: z.number().positive(),
    columns: z.int().positive(),
    rows: z.int().positive(),
    open: z.base64(),
  }).optional(),
  /** Polygons of ground that each look showed, world metres. */
  seen: z.array(z.array(ground)),
});

/** What `run.json` holds. */
export type RunDescription = z.infer<typeof runDescription>;

/** Room round the poses of a run of which nothing else is known, metres. */
const MARGIN = 1;

/** What the events of a run tell of it by themselves; its `query` and `scene` are said to be `name`. */
export function describeEvents(
  events: readonly TimedEvent[],
  name: string,
): RunDescription {
  const poses = events.flatMap(({ event }) =>
    event.type === "agent_started"
      ? [event.start_pose]
      : event.type === "agent_step"
      ? [event.pose]
      : []
  );
  const [start = { x: 0, y: 0, z: 0, yaw: 0 }] = poses;
  const edge = (sign: 1 | -1): [number, number, number] => {
    const reach = (axis: "x" | "y" | "z"): number =>
      sign *
      (Math.max(
        ...poses.map((pose) => sign * pose[axis]),
        sign * start[axis],
      ) + MARGIN);
    return [reach("x"), reach("y"), reach("z")];
  };
  return {
    version: 1,
    query: name,
    scene: name,
    started_at: new Date().toISOString(),
    width: 512,
    height: 512,
    fov: 75,
    bounds: { min: edge(-1), max: edge(1) },
    start,
    times: events.map(({ at }) => at),
    seen: [],
  };
}

/** The content of `run.json`. */
export function describeRun(
  { query, scene, startedAt, bounds, events, map, floor, seen = [] }: RunRecord,
  { frame, width, height }: {
    frame: Pick<SceneFrame, "fov" | "start">;
    width: number;
    height: number;
  },
): RunDescription {
  const { min, max } = bounds;
  return {
    version: 1,
    query,
    scene,
    started_at: startedAt.toISOString(),
    width,
    height,
    fov: frame.fov,
    bounds: { min: [...min], max: [...max] },
    start: frame.start,
    ...(map === undefined ? {} : {
      map: { min: [...map.area.min], max: [...map.area.max] },
    }),
    ...(floor === undefined
      ? {}
      : { floor: { ...floor, min: [...floor.min] } }),
    times: events.map(({ at }) => at),
    seen: seen.map((corners) => corners.map(([x, y]) => [x, y])),
  };
}
