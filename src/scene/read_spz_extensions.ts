/**
 * .spz, extension records: `type u32, length u32, payload`, one after another.
 * Unknown types are skipped, as the format asks.
 *
 * @module
 */

import type { UpAxis } from "./scene_file.ts";

/** What the extensions of a .spz say. */
export interface SpzExtensions {
  /** Where up is: +y unless the file says other axes than right, up, back. */
  readonly up: UpAxis;
  /** Present where the file says what is up. */
  readonly upReason?: string;
  readonly warnings: readonly string[];
}

/** `SPZ_ADOBE_coordinate_system`: one u32, the axes of the stored numbers. */
const COORDINATE_SYSTEM = 0xadbe0003;

/** Where x, y and z point, by the extension's value (nianticlabs/spz, splat-types.h). */
const AXES = [
  "unspecified",
  ..."LDB RDB LUB RUB LDF RDF LUF RUF LFD RFD LFU RFU LBD RBD LBU RBU"
    .split(" "),
];

/** Reads the records in `bytes`; what makes no sense is skipped with a warning. */
export function readSpzExtensions(bytes: Uint8Array): SpzExtensions {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const warnings: string[] = [];
  let up: UpAxis = "+y";
  let upReason: string | undefined;
  let offset = 0;
  while (offset + 8 <= bytes.length) {
    const type = view.getUint32(offset, true);
    const length = view.getUint32(offset + 4, true);
    offset += 8;
    if (offset + length > bytes.length) {
      offset = bytes.length - 1;
      break;
    }
    if (type === COORDINATE_SYSTEM && length >= 4) {
      const axes = AXES[view.getUint32(offset, true)] ?? "unknown";
      if (axes.length === 3) {
        up = upOf(axes);
        upReason = `the file says that its axes are ${axes}`;
        if (isMirrored(axes)) {
          warnings.push(
            `the file says that its axes are ${axes}, which is left-handed: the scene appears mirrored`,
          );
        }
      }
    }
    offset += length;
  }
  if (offset < bytes.length) {
    warnings.push("ignored an extension that is cut short");
  }
  return { up, ...(upReason ? { upReason } : {}), warnings };
}

function upOf(axes: string): UpAxis {
  const axis = /[UD]/.exec(axes)!.index;
  return `${axes[axis] === "U" ? "+" : "-"}${"xyz"[axis]!}` as UpAxis;
}

/** Whether x, y, z make a left-handed system: RUB is right-handed, each turned letter changes hands. */
function isMirrored(axes: string): boolean {
  const turned = [...axes].filter((letter) => "LDF".includes(letter)).length;
  const swapped = /^.[FB]/.test(axes) ? 1 : 0;
  return (turned + swapped) % 2 === 1;
}
