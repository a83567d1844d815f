/**
 * A line of a session's file: JSON with a checksum in front, so that no
 * damaged line can pass for a sound one.
 *
 * ```json
 * {"crc32":"8f2d01aa","session":{"session_id":"...","query":"..."}}
 * {"crc32":"03b1c9e7","id":"<epoch>-0","event":{"type":"agent_started"}}
 * {"crc32":"77e0aa10","end":{"status":"complete"}}
 * ```
 *
 * The checksum is CRC-32 (as in zlib and PNG) of everything behind its comma,
 * without the newline.
 *
 * @module
 */

import { crc32 } from "node:zlib";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });
const prefix = encoder.encode('{"crc32":"');
const digits = 8;
/** Bytes in front of what the checksum covers: prefix, digits, quote, comma. */
const covered = prefix.length + digits + 2;
const idStart = encoder.encode('"id":"');
const eventStart = encoder.encode('","event":');

/** What a sound line holds. */
export type StoredLine =
  | {
    readonly kind: "event";
    /** `<epoch>-<sequence>`. */
    readonly id: string;
    /** The event as NDJSON, with its newline. */
    readonly line: Uint8Array<ArrayBuffer>;
  }
  | { readonly kind: "session" | "end"; readonly value: unknown };

/** The line of an event that is NDJSON already. */
export function encodeStoredEvent(
  id: string,
  line: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const idBytes = encoder.encode(id);
  return seal([
    idStart,
    idBytes,
    eventStart,
    line.subarray(0, line.length - 1),
    encoder.encode("}"),
  ]);
}

/** The line at the beginning (`session`) or at the end (`end`) of a file. */
export function encodeStoredValue(
  kind: "session" | "end",
  value: unknown,
): Uint8Array<ArrayBuffer> {
  return seal([encoder.encode(`"${kind}":${JSON.stringify(value)}}`)]);
}

/**
 * Reads a line, given without its newline.
 *
 * @returns `undefined` if it is damaged.
 */
export function decodeStoredLine(bytes: Uint8Array): StoredLine | undefined {
  if (bytes.length <= covered) return undefined;
  const body = bytes.subarray(covered);
  const head = checksumOf(body);
  if (!head.every((byte, i) => byte === bytes[i])) return undefined;
  if (startsWith(body, idStart)) return decodeEvent(body);
  try {
    const [entry] = Object.entries(JSON.parse(`{${decoder.decode(body)}`));
    const [kind, value] = entry ?? [];
    return kind === "session" || kind === "end" ? { kind, value } : undefined;
  } catch {
    return undefined;
  }
}

function decodeEvent(body: Uint8Array): StoredLine | undefined {
  const quote = body.indexOf(0x22, idStart.length);
  if (quote < 0 || !startsWith(body.subarray(quote), eventStart)) {
    return undefined;
  }
  const id = decoder.decode(body.subarray(idStart.length, quote));
  // A copy (slice() of a Buffer is none), whose closing brace gives way to the newline.
  const line = new Uint8Array(body.subarray(quote + eventStart.length));
  line[line.length - 1] = 0x0a;
  return { kind: "event", id, line };
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => byte === bytes[i]);
}

/** `{"crc32":"...",` in front of `parts`, and a newline behind. */
function seal(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const out = new Uint8Array(covered + length + 1);
  let at = covered;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  out[at] = 0x0a;
  out.set(checksumOf(out.subarray(covered, at)));
  return out;
}

/** What stands in front of `body`. */
function checksumOf(body: Uint8Array): Uint8Array {
  const checksum = crc32(body).toString(16).padStart(digits, "0");
  return encoder.encode(`{"crc32":"${checksum}",`);
}
