/** Comparison of a renderer's view with the oracle's. */

import assert from "node:assert/strict";
import type { View } from "../../../src/render/renderer.ts";
import { type OracleView, psnr } from "../oracle.ts";

/** How near a view must come. */
export interface Closeness {
  /** dB. */
  readonly psnr: number;
  /** Share of the pixels with alpha over 0.9 whose depths are within 1 mm + 0.1 %. @default {0.99} */
  readonly depthShare?: number;
}

/** Fails unless colour, both depths and alpha come as near to the oracle as asked. */
export function assertClose(
  view: View,
  oracle: OracleView,
  { psnr: floor, depthShare = 0.99 }: Closeness,
): void {
  const found = psnr(view, oracle);
  assert.ok(found >= floor, `${found} dB, at least ${floor} were asked`);
  let solid = 0;
  let median = 0;
  let expected = 0;
  let alpha = 0;
  for (let p = 0; p < view.alpha.length; p++) {
    alpha = Math.max(alpha, Math.abs(view.alpha[p]! - oracle.alpha[p]!));
    if (!(oracle.alpha[p]! > 0.9)) continue;
    solid++;
    const within = (found: number, true_: number): number =>
      Number(Math.abs(found - true_) <= 0.001 + 0.001 * true_);
    median += within(view.depth[p]!, oracle.depth[p]!);
    expected += within(view.expectedDepth[p]!, oracle.expectedDepth[p]!);
  }
  assert.ok(median >= depthShare * solid, `median depth ${median} of ${solid}`);
  assert.ok(expected >= depthShare * solid, `depth ${expected} of ${solid}`);
  // A splat at the border of 1/255 may be in or out.
  assert.ok(alpha <= 3 / 255, `alpha is off by ${alpha}`);
}

/** All that a view has as bytes, to compare. */
export function bytesOf(view: View): Uint8Array {
  const { data, depth, expectedDepth, alpha, objectIds } = view;
  const parts = [data, depth, expectedDepth, alpha, objectIds ?? data];
  return Uint8Array.from(
    parts.flatMap((part) => [
      ...new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
    ]),
  );
}
