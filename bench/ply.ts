/**
 * Splats as an INRIA .ply, the one format that every peer reads.
 *
 * @module
 */

import { SH_REST_COEFFICIENTS, type Splats } from "../src/scene/splats.ts";

/** The bytes of a binary little-endian .ply. */
export function plyOf(splats: Splats): Uint8Array<ArrayBuffer> {
  const rest = SH_REST_COEFFICIENTS[splats.shDegree];
  const names = [
    ...["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"],
    ...Array.from({ length: 3 * rest }, (_, k) => `f_rest_${k}`),
    ...["opacity", "scale_0", "scale_1", "scale_2"],
    ...["rot_0", "rot_1", "rot_2", "rot_3"],
  ];
  const header = new TextEncoder().encode(
    [
      "ply",
      "format binary_little_endian 1.0",
      `element vertex ${splats.count}`,
      ...names.map((name) => `property float ${name}`),
      "end_header\n",
    ].join("\n"),
  );
  const row = names.length;
  const values = new Float32Array(row * splats.count);
  for (let i = 0; i < splats.count; i++) {
    let o = row * i;
    for (let k = 0; k < 3; k++) values[o++] = splats.positions[3 * i + k]!;
    o += 3;
    for (let k = 0; k < 3; k++) values[o++] = splats.colors[3 * i + k]!;
    for (let c = 0; c < 3; c++) {
      for (let k = 0; k < rest; k++) {
        values[o++] = splats.sh[3 * (rest * i + k) + c]!;
      }
    }
    const opacity = splats.opacities[i]!;
    values[o++] = Math.log(opacity / (1 - opacity));
    for (let k = 0; k < 3; k++) {
      values[o++] = Math.log(splats.scales[3 * i + k]!);
    }
    for (let k = 0; k < 4; k++) values[o++] = splats.rotations[4 * i + k]!;
  }
  const file = new Uint8Array(header.length + values.byteLength);
  file.set(header);
  file.set(new Uint8Array(values.buffer), header.length);
  return file;
}
