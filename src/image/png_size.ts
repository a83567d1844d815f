/**
 * The size of a PNG, from its first chunk.
 *
 * @module
 */

/**
 * Width and height of the PNG in `bytes`, pixels.
 *
 * @throws {SyntaxError} If it is none.
 */
export function pngSize(
  bytes: Uint8Array,
): { readonly width: number; readonly height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 24 || view.getUint32(0) !== 0x89504e47) {
    throw new SyntaxError(
      `Cannot read a PNG as it must begin with its signature: ${bytes.length} bytes do not`,
    );
  }
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
