/**
 * Connected areas of one colour in a picture, and their extents in the world
 * as depth tells them.
 *
 * @module
 */

import type { Pose } from "../geometry/pose.ts";
import type { Vector3 } from "../geometry/vector.ts";

/** A mask of pixels with the depth behind it. */
export interface MaskedView {
  /** 1 for pixels of the colour; `columns` x `rows`. */
  readonly mask: Uint8Array;
  readonly columns: number;
  readonly rows: number;
  /** Pixels of the picture a cell of the mask along each side. */
  readonly step: number;
  /** The picture's depth, metres, and its size in pixels. */
  readonly depth: Float32Array;
  readonly width: number;
  readonly height: number;
  /** Vertical field of view, degrees. */
  readonly fov: number;
  readonly pose: Pose;
}

/** One area. */
export interface Blob {
  /** Cells of the mask. */
  readonly cells: number;
  /** Share of the picture, [0, 1]. */
  readonly share: number;
  /** Left, top, right, bottom in [0, 1]. */
  readonly box: readonly [number, number, number, number];
  /** Middle of what is seen, world metres. */
  readonly position: Vector3;
  /** Metres on the ground from the viewpoint to {@linkcode position}. */
  readonly distance: number;
  /** Degrees in the world. */
  readonly heading: number;
  /** Longest extent along the floor as seen, metres. */
  readonly across: number;
  /** Lowest and highest seen point, world z, metres. */
  readonly low: number;
  readonly high: number;
  /** Whether something nearer, or the picture's edge, cuts it off at each side. */
  readonly cut: {
    readonly left: boolean;
    readonly right: boolean;
    readonly top: boolean;
    readonly bottom: boolean;
  };
}

/** Neighbouring cells belong together if their depths differ by no more: metres, and share of depth. */
const DEPTH_STEP = { metres: 0.18, share: 0.04 };
/** Areas of one thing may be apart by so much, metres (slats, an arm before it). */
const GAP = 0.22;
/** Share of a group from which a part is also looked at alone. */
const LARGE_PART = 0.25;
/** Areas smaller than this are noise, cells. */
const FEWEST_CELLS = 10;
/** Most areas that are looked at, the largest first. */
const MOST_AREAS = 24;
/**
 * Extents leave out this share of the cells at each end; more along the view,
 * where outlines mix the depths of the thing and of what is behind it.
 */
const TRIM = 0.02;
const TRIM_AHEAD = 0.1;
/** A side is cut off if this share of its border has something nearer before it. */
const CUT_SHARE = 0.25;

/** Areas of the mask, parts of one thing joined, the largest first. */
export function findBlobs(view: MaskedView): Blob[] {
  const labels = new Int32Array(view.mask.length).fill(-1);
  const areas: number[][] = [];
  const stack: number[] = [];
  for (let seed = 0; seed < view.mask.length; seed++) {
    if (view.mask[seed] !== 1 || labels[seed] !== -1) continue;
    const area: number[] = [];
    labels[seed] = areas.length;
    stack.push(seed);
    while (stack.length > 0) {
      const cell = stack.pop()!;
      area.push(cell);
      spreadFrom(view, cell, labels, stack);
    }
    areas.push(area);
  }
  const large = areas.filter(({ length }) => length >= FEWEST_CELLS)
    .sort((a, b) => b.length - a.length).slice(0, MOST_AREAS);
  return join(large.map((cells) => measure(view, cells)), view)
    .sort((a, b) => b.cells - a.cells);
}

/** Depth at a cell of the mask, metres; 0 where nothing is. */
function depthAt(
  { depth, step, width, columns }: MaskedView,
  cell: number,
): number {
  const column = cell % columns;
  const row = (cell - column) / columns;
  return depth[row * step * width + column * step]!;
}

function spreadFrom(
  view: MaskedView,
  cell: number,
  labels: Int32Array,
  stack: number[],
): void {
  const { mask, columns, rows } = view;
  const column = cell % columns;
  const row = (cell - column) / columns;
  const here = depthAt(view, cell);
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const x = column + dx;
      const y = row + dy;
      if (x < 0 || y < 0 || x >= columns || y >= rows) continue;
      const next = y * columns + x;
      if (mask[next] !== 1 || labels[next] !== -1) continue;
      const limit = DEPTH_STEP.metres + DEPTH_STEP.share * here;
      if (Math.abs(depthAt(view, next) - here) > limit) continue;
      labels[next] = labels[cell]!;
      stack.push(next);
    }
  }
}

/** A blob with its cells and its corners in the world, while areas are joined. */
interface Measured {
  readonly cells: number[];
  readonly blob: Blob;
  readonly min: Vector3;
  readonly max: Vector3;
}

function measure(view: MaskedView, cells: number[]): Measured {
  const { columns, rows, step, width, height, fov, pose } = view;
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const radians = pose.yaw * Math.PI / 180;
  const cosine = Math.cos(radians);
  const sine = Math.sin(radians);
  const axes = [0, 1, 2].map(() => new Float64Array(cells.length));
  const box = [1, 1, 0, 0];
  let count = 0;
  for (const cell of cells) {
    const column = cell % columns;
    const row = (cell - column) / columns;
    box[0] = Math.min(box[0]!, column / columns);
    box[1] = Math.min(box[1]!, row / rows);
    box[2] = Math.max(box[2]!, (column + 1) / columns);
    box[3] = Math.max(box[3]!, (row + 1) / rows);
    const z = depthAt(view, cell);
    if (!(z > 0)) continue;
    const aside = (column * step + 0.5 - width / 2) / focal * z;
    axes[0]![count] = z;
    axes[1]![count] = aside;
    axes[2]![count] = pose.z - (row * step + 0.5 - height / 2) / focal * z;
    count++;
  }
  const [ahead, aside, up] = axes.map((values) =>
    values.subarray(0, count).sort()
  );
  const at = (values: Float64Array, share: number): number =>
    count === 0 ? NaN : values[Math.round(share * (count - 1))]!;
  const world = (z: number, right: number, height: number): Vector3 => [
    pose.x + z * cosine + right * sine,
    pose.y + z * sine - right * cosine,
    height,
  ];
  const [near, middle, far] = [
    at(ahead!, TRIM_AHEAD),
    at(ahead!, 0.5),
    at(ahead!, 1 - TRIM_AHEAD),
  ];
  const [left, right] = [at(aside!, TRIM), at(aside!, 1 - TRIM)];
  const [low, high] = [at(up!, TRIM), at(up!, 1 - TRIM)];
  const position = world(middle, at(aside!, 0.5), at(up!, 0.5));
  const corners = [
    world(near, left, low),
    world(near, right, low),
    world(far, left, high),
    world(far, right, high),
  ];
  const most = (pick: (...values: number[]) => number): Vector3 => [
    pick(...corners.map(([x]) => x)),
    pick(...corners.map(([, y]) => y)),
    pick(...corners.map(([, , z]) => z)),
  ];
  const [min, max] = [most(Math.min), most(Math.max)];
  const [dx, dy] = [position[0] - pose.x, position[1] - pose.y];
  return {
    cells,
    min,
    max,
    blob: {
      cells: cells.length,
      share: cells.length / (columns * rows),
      box: box as unknown as Blob["box"],
      position,
      distance: Math.hypot(dx, dy),
      heading: Math.atan2(dy, dx) * 180 / Math.PI,
      across: Math.max(right - left, far - near),
      low,
      high,
      cut: cutsOf(view, cells, box),
    },
  };
}

/** Where the blob's outline ends at something nearer or at the picture's edge. */
function cutsOf(
  view: MaskedView,
  cells: readonly number[],
  [left, top, right, bottom]: readonly number[],
): Blob["cut"] {
  const { columns, rows, mask } = view;
  const covered = { left: 0, right: 0, top: 0, bottom: 0 };
  const border = { left: 0, right: 0, top: 0, bottom: 0 };
  const look = (
    cell: number,
    side: keyof typeof border,
    { dx, dy }: { dx: number; dy: number },
  ): void => {
    const column = cell % columns;
    const row = (cell - column) / columns;
    const beside = cell + dy * columns + dx;
    const isInside = column + dx >= 0 && column + dx < columns &&
      row + dy >= 0 && row + dy < rows;
    if (isInside && mask[beside] === 1) return;
    border[side]++;
    // Two cells on, where no blend of both depths is left.
    const [x, y] = [column + 2 * dx, row + 2 * dy];
    if (x < 0 || y < 0 || x >= columns || y >= rows) return;
    const here = depthAt(view, cell);
    const there = depthAt(view, y * columns + x);
    if (there > 0 && there < here - 0.12 - 0.03 * here) covered[side]++;
  };
  for (const cell of cells) {
    look(cell, "left", { dx: -1, dy: 0 });
    look(cell, "right", { dx: 1, dy: 0 });
    look(cell, "top", { dx: 0, dy: -1 });
    look(cell, "bottom", { dx: 0, dy: 1 });
  }
  const isCut = (side: keyof typeof border): boolean =>
    border[side] > 0 && covered[side] / border[side] > CUT_SHARE;
  return {
    left: left! <= 1 / columns || isCut("left"),
    right: right! >= 1 - 1 / columns || isCut("right"),
    top: top! <= 1 / rows || isCut("top"),
    bottom: bottom! >= 1 - 1 / rows || isCut("bottom"),
  };
}

/**
 * Areas that are near in space joined, as parts of one thing; large parts also
 * alone, as two things of one colour may stand together.
 */
function join(areas: Measured[], view: MaskedView): Blob[] {
  const groups: { whole: Measured; parts: Measured[] }[] = [];
  for (const area of areas) {
    const isNear = ({ whole }: { whole: Measured }): boolean =>
      [0, 1, 2].every((axis) =>
        area.min[axis as 0] - GAP < whole.max[axis as 0] &&
        whole.min[axis as 0] - GAP < area.max[axis as 0]
      );
    const group = groups.find(isNear);
    if (group === undefined) groups.push({ whole: area, parts: [area] });
    else {
      group.parts.push(area);
      group.whole = measure(view, [...group.whole.cells, ...area.cells]);
    }
  }
  return groups.flatMap(({ whole, parts }) => [
    whole.blob,
    ...parts.filter(({ cells }) =>
      parts.length > 1 && cells.length >= LARGE_PART * whole.cells.length
    ).map(({ blob }) => blob),
  ]);
}
