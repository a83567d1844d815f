/**
 * The chunked transfer coding of HTTP/1.1. Records are framed once, in the
 * log, so that what readers share goes to their sockets as it is.
 *
 * @module
 */

const encoder = new TextEncoder();
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** `bytes` as one chunk. Empty bytes would end the body: they give none. */
export function frameChunk(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0) return new Uint8Array(0);
  const size = encoder.encode(bytes.length.toString(16) + "\r\n");
  const chunk = new Uint8Array(size.length + bytes.length + 2);
  chunk.set(size);
  chunk.set(bytes, size.length);
  chunk[chunk.length - 2] = carriageReturn;
  chunk[chunk.length - 1] = lineFeed;
  return chunk;
}

/**
 * Takes the frames off again, for clients that speak HTTP/1.0. The input may
 * be cut anywhere.
 */
export class ChunkUnframer {
  /** Bytes of data left in the chunk; 0 while its size line is read. */
  #left = 0;
  #size = "";
  /** Bytes of the line break behind the chunk that are still to come. */
  #breakLeft = 0;

  /** The data in `bytes`. */
  unframe(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        parts.push(part);
        at += part.length;
        this.#left -= part.length;
        if (this.#left === 0) this.#breakLeft = 2;
      } else if (this.#breakLeft > 0) {
        this.#breakLeft--;
        at++;
      } else {
        const byte = bytes[at++]!;
        if (byte === lineFeed) {
          this.#left = parseInt(this.#size, 16);
          this.#size = "";
        } else if (byte !== carriageReturn) {
          this.#size += String.fromCharCode(byte);
        }
      }
    }
    return concatenate(parts);
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
