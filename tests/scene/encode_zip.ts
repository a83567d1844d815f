/**
 * Zip archives for tests and benches.
 *
 * @module
 */

import { crc32, deflateRawSync } from "node:zlib";
import { concat } from "./encode_spz.ts";

/** Options of {@linkcode encodeZip}. */
export interface EncodeZipOptions {
  /** @default {false} */
  deflate?: boolean;
  /** Overrides of the directory's numbers, to make it lie. */
  declare?: { size?: number; packedSize?: number; offset?: number };
}

/** An archive of `files`, by name. */
export function encodeZip(
  files: Readonly<Record<string, Uint8Array>>,
  { deflate = false, declare = {} }: EncodeZipOptions = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const nameBytes = new TextEncoder().encode(name);
    const packed = deflate ? deflateRawSync(bytes) : bytes;
    const common = new DataView(new ArrayBuffer(26));
    common.setUint16(0, 20, true);
    common.setUint16(4, deflate ? 8 : 0, true);
    common.setUint32(10, crc32(bytes), true);
    common.setUint32(14, declare.packedSize ?? packed.length, true);
    common.setUint32(18, declare.size ?? bytes.length, true);
    common.setUint16(22, nameBytes.length, true);
    const fields = new Uint8Array(common.buffer);
    const local = concat([uint32(0x04034b50), fields, nameBytes, packed]);
    const rest = new Uint8Array(14);
    new DataView(rest.buffer).setUint32(10, declare.offset ?? offset, true);
    directory.push(
      concat([
        uint32(0x02014b50),
        new Uint8Array([20, 0]),
        fields,
        rest,
        nameBytes,
      ]),
    );
    parts.push(local);
    offset += local.length;
  }
  const index = concat(directory);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, directory.length, true);
  end.setUint16(10, directory.length, true);
  end.setUint32(12, index.length, true);
  end.setUint32(16, offset, true);
  return concat([...parts, index, new Uint8Array(end.buffer)]);
}

function uint32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}
