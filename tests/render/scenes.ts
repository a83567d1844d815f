/**
 * The scenes and views on which pictures are compared: the demo flat and three
 * real scans, looked at along walls, through doorways, and from amidst splats.
 *
 * @module
 */

import type { TiltedPose } from "../../src/geometry/pose.ts";
import { makeDemoScene } from "../../src/scene/demo_scene.ts";
import { makeFrame } from "../../src/scene/make_frame.ts";
import { openSource, readScene } from "../../src/scene/read.ts";
import { type SceneFrame, worldFromFile } from "../../src/scene/scene_frame.ts";
import type { UpAxis } from "../../src/scene/scene_file.ts";
import type { Splats } from "../../src/scene/splats.ts";
import { ignoreShared, sharedScene } from "../shared.ts";

/** A scene and what of it is looked at. */
export interface QualityScene {
  readonly name: string;
  readonly splats: Splats;
  readonly frame: SceneFrame;
  readonly views: readonly QualityView[];
}

/** One view. */
export interface QualityView {
  readonly name: string;
  readonly pose: TiltedPose;
}

/** Real scans by file, with their way up where the format cannot say. */
export const SCANS: Readonly<Record<string, UpAxis>> = {
  "leica-sofort-top8192.ply": "-y",
  "outdoor-demo.splat": "+z",
  "statue-massa.sog": "-y",
};

/** Whether the scans are not there. */
export const ignoreScans: boolean = ignoreShared;

/** The demo flat: views that each show something that can go wrong. */
export function demoScene(): QualityScene {
  const { splats, frame } = makeDemoScene(1);
  return {
    name: "demo",
    splats,
    frame,
    views: [
      { name: "start", pose: { x: 0, y: 0, z: 0, yaw: 0 } },
      { name: "along-a-wall", pose: { x: -0.9, y: -0.62, z: 0, yaw: 2 } },
      { name: "through-a-doorway", pose: { x: 0.2, y: 1.2, z: 0, yaw: 172 } },
      { name: "in-a-doorway", pose: { x: -1.4, y: 1.45, z: 0, yaw: 80 } },
      { name: "over-the-bed", pose: { x: -5, y: 1.2, z: -0.6, yaw: 300 } },
      {
        name: "down-at-a-table",
        pose: { x: 0.4, y: 4.2, z: 0.1, yaw: 30, pitch: -35 },
      },
    ],
  };
}

/** 20 views of the flat: from five places, four ways each. */
export function demoRound(): readonly TiltedPose[] {
  return [
    [0, 0],
    [-2.2, 1.5],
    [-3.2, 4.2],
    [0.2, 5.4],
    [-5.6, 3.1],
  ].flatMap(([x, y]) =>
    [10, 100, 190, 280].map((yaw) => ({ x: x!, y: y!, z: 0, yaw }))
  );
}

/** A real scan: from its start, from halfway in, and from amidst its splats. */
export async function scanScene(file: string): Promise<QualityScene> {
  const source = await openSource(sharedScene(file));
  try {
    const scene = await readScene(source);
    const frame = makeFrame(scene, { up: SCANS[file]! });
    const [x, y, z] = worldFromFile(frame, middle(scene.splats));
    const yaw = Math.atan2(y, x) * 180 / Math.PI;
    return {
      name: file.replace(/\..*/, ""),
      splats: scene.splats,
      frame,
      views: [
        { name: "start", pose: { x: 0, y: 0, z: 0, yaw } },
        { name: "near", pose: { x: x * 0.6, y: y * 0.6, z: z * 0.6, yaw } },
        {
          name: "amidst",
          pose: { x: x * 0.85, y: y * 0.85, z: z * 0.85, yaw: yaw + 60 },
        },
      ],
    };
  } finally {
    source.close();
  }
}

/** Median position along each axis, file units. */
function middle({ positions, count }: Splats): [number, number, number] {
  const [x, y, z] = [0, 1, 2].map((axis) =>
    Float32Array.from({ length: count }, (_, i) => positions[3 * i + axis]!)
      .sort()[count >> 1]!
  );
  return [x!, y!, z!];
}
