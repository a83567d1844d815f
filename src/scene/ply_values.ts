/**
 * Values in binary .ply files: how each type is read, and where each element
 * begins.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import {
  PLY_TYPE_BYTES,
  type PlyElement,
  type PlyHeader,
  type PlyType,
} from "./ply_header.ts";
import { SceneFormatError } from "./scene_file.ts";

/** Bytes looked through at a time. */
const BLOCK = 1 << 20;

/** Reads a value of each type. */
export const PLY_GETTERS: Readonly<
  Record<
    PlyType,
    (view: DataView, offset: number, littleEndian: boolean) => number
  >
> = {
  int8: (view, offset) => view.getInt8(offset),
  uint8: (view, offset) => view.getUint8(offset),
  int16: (view, offset, little) => view.getInt16(offset, little),
  uint16: (view, offset, little) => view.getUint16(offset, little),
  int32: (view, offset, little) => view.getInt32(offset, little),
  uint32: (view, offset, little) => view.getUint32(offset, little),
  float32: (view, offset, little) => view.getFloat32(offset, little),
  float64: (view, offset, little) => view.getFloat64(offset, little),
};

/**
 * Where the values of the element `name` begin, bytes from the start of the
 * file, in a binary encoding. Lists before it are walked through.
 *
 * @throws {SceneFormatError} If the file is too short for it.
 */
export async function plyElementOffset(
  source: ByteSource,
  header: PlyHeader,
  name: string,
): Promise<number> {
  let offset = header.length;
  for (const element of header.elements) {
    const { name: found, count, stride } = element;
    const hasLists = element.properties.some((property) => property.lengthType);
    if (found !== name && hasLists) {
      const littleEndian = header.encoding === "binary little endian";
      offset = await skipLists(source, element, { offset, littleEndian });
      continue;
    }
    const end = offset + count * stride;
    if (end > source.size) {
      throw new SceneFormatError(
        source.name,
        "ply",
        `expected ${count} records of ${stride} bytes in element ${found} from byte ${offset} on, found the end of the file at byte ${source.size}`,
      );
    }
    if (found === name) return offset;
    offset = end;
  }
  throw new SceneFormatError(
    source.name,
    "ply",
    `expected element ${name}, found none`,
  );
}

/** Byte behind the records of an element with lists, whose lengths differ. */
async function skipLists(
  source: ByteSource,
  { name, count, properties }: PlyElement,
  { offset, littleEndian }: { offset: number; littleEndian: boolean },
): Promise<number> {
  let block: DataView = new DataView(new ArrayBuffer(0));
  let blockAt = offset;
  let at = offset;
  for (let record = 0; record < count; record++) {
    for (const { name: property, type, lengthType } of properties) {
      const size = PLY_TYPE_BYTES[lengthType ?? type];
      let end = at + size;
      if (lengthType && end <= source.size) {
        if (end > blockAt + block.byteLength) {
          const bytes = await source.read(
            at,
            Math.min(BLOCK, source.size - at),
          );
          block = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
          blockAt = at;
        }
        const length = PLY_GETTERS[lengthType](
          block,
          at - blockAt,
          littleEndian,
        );
        end += length * PLY_TYPE_BYTES[type];
      }
      if (!(end >= at + size && end <= source.size)) {
        throw new SceneFormatError(
          source.name,
          "ply",
          `expected ${
            lengthType ? "list" : "value"
          } ${property} of record ${record} of element ${name} at byte ${at}, found the end of the file at byte ${source.size}`,
        );
      }
      at = end;
    }
  }
  return at;
}
