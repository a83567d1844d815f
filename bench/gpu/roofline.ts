/**
 * How fast a view could be at best, from what it was counted to need: bytes
 * through memory, then evaluations of splats at pixels.
 *
 * @module
 */

/** What was counted of a view. */
export interface ViewNeeds {
  /** Splats of the scene. */
  readonly splats: number;
  /** Splats that survive culling. */
  readonly records: number;
  /** (tile, splat) pairs. */
  readonly pairs: number;
  readonly pixels: number;
}

interface DeviceSpeed {
  readonly name: RegExp;
  /** GB/s. */
  readonly bandwidth: number;
  /** 10^12 instructions of a lane a second. */
  readonly instructions: number;
}

/** Data sheets. */
const DEVICES: readonly DeviceSpeed[] = [
  { name: /H200/, bandwidth: 4800, instructions: 29.6 },
  { name: /H100/, bandwidth: 3350, instructions: 29.6 },
  { name: /A100/, bandwidth: 1555, instructions: 9.7 },
  { name: /4070/, bandwidth: 504, instructions: 14.6 },
  { name: /M4 Max/, bandwidth: 546, instructions: 9.2 },
  { name: /Iris.*Xe/, bandwidth: 68, instructions: 1.05 },
];

/** Share of a data sheet's bandwidth that is reached. */
const BANDWIDTH_SHARE = 0.85;
/** Share of the issue slots that evaluations get. */
const ISSUE_SHARE = 0.5;
const INSTRUCTIONS_AN_EVALUATION = 22;
/** Share of the pixels of a pair's tile that are evaluated: quarters reached, early stop. An estimate. */
const EVALUATED_SHARE = 0.4;
const TILE_PIXELS = 256;

/** Milliseconds at best, without credit for caches; undefined for unknown devices. */
export function rooflineOf(
  description: string,
  { splats, records, pairs, pixels }: ViewNeeds,
): number | undefined {
  const device = DEVICES.find(({ name }) => name.test(description));
  if (device === undefined) return undefined;
  // Cull; project; sort by depth; place, emit and sort pairs; rasterize; picture.
  const bytes = 16 * splats + 152 * records + 80 * records + 72 * pairs +
    24 * pairs + 16 * pixels;
  const evaluations = EVALUATED_SHARE * TILE_PIXELS * pairs;
  return bytes / (BANDWIDTH_SHARE * device.bandwidth * 1e6) +
    evaluations * INSTRUCTIONS_AN_EVALUATION /
      (ISSUE_SHARE * device.instructions * 1e9);
}
