/** Depth pictures of rooms made of boxes, by following rays: no renderer. */

import type { Bounds } from "../../src/geometry/bounds.ts";
import type { Pose } from "../../src/geometry/pose.ts";
import type { DepthView, ExploredMap } from "../../src/map/explored_map.ts";

/** What the eye sees from `pose` inside `shell` with solid `blocks` in it. */
export function depthView(
  pose: Pose,
  { shell, blocks, size = 128, fov = 75 }: {
    shell: Bounds;
    blocks: readonly Bounds[];
    size?: number;
    fov?: number;
  },
): DepthView {
  const focal = size / 2 / Math.tan(fov * Math.PI / 360);
  const yaw = pose.yaw * Math.PI / 180;
  const [cosine, sine] = [Math.cos(yaw), Math.sin(yaw)];
  const from = [pose.x, pose.y, pose.z];
  const depth = new Float32Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const aside = (column + 0.5 - size / 2) / focal;
      const ray = [
        cosine + aside * sine,
        sine - aside * cosine,
        -(row + 0.5 - size / 2) / focal,
      ];
      const entries = blocks.map((box) => crossing(from, ray, box)[0])
        .filter((entry) => entry > 0);
      depth[row * size + column] = Math.min(
        crossing(from, ray, shell)[1],
        ...entries,
      );
    }
  }
  return { width: size, height: size, depth, fov, pose };
}

/** Where a ray enters and leaves a box; infinite and nothing if it misses. */
function crossing(
  from: readonly number[],
  ray: readonly number[],
  { min, max }: Bounds,
): [enter: number, leave: number] {
  let enter = -Infinity;
  let leave = Infinity;
  for (let axis = 0; axis < 3; axis++) {
    const a = (min[axis]! - from[axis]!) / ray[axis]!;
    const b = (max[axis]! - from[axis]!) / ray[axis]!;
    enter = Math.max(enter, Math.min(a, b));
    leave = Math.min(leave, Math.max(a, b));
  }
  return enter < leave ? [enter, leave] : [Infinity, -Infinity];
}

/** Square metres of `map` that have been seen, free or blocked. */
export function seenArea(map: ExploredMap): number {
  const { grid } = map;
  let seen = 0;
  for (let cell = 0; cell < grid.size; cell++) {
    if (map.state(grid.x(cell), grid.y(cell)) !== "unseen") seen++;
  }
  return seen * grid.cell ** 2;
}
