/**
 * Events as bytes: NDJSON lines and SSE records. The only place that does.
 *
 * @module
 */

import type { AgentEvent } from "./event.ts";

const encoder = new TextEncoder();
const idPrefix = encoder.encode("id: ");
const dataPrefix = encoder.encode("\ndata: ");
const newline = 0x0a;

/**
 * What JSON leaves as it is though readers or terminals act on it: DEL and the
 * C1 controls (NEL ends a line, CSI begins a command), line and paragraph
 * separators (Python's `splitlines` breaks there).
 */
const UNSAFE = /[\u007f-\u009f\u2028\u2029]/g;

/**
 * `event` as one line of JSON, UTF-8, with its final newline. Whatever its
 * texts hold, no reader sees another line in it, and no terminal a command.
 */
export function encodeNdjson(event: AgentEvent): Uint8Array<ArrayBuffer> {
  const json = JSON.stringify(event).replace(
    UNSAFE,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return encoder.encode(`${json}\n`);
}

/**
 * One SSE record: an `id:` line, a `data:` line, an empty line.
 *
 * @param id Without CR, LF and NUL.
 * @param line What {@linkcode encodeNdjson} returned.
 */
export function encodeSse(
  id: string,
  line: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const idBytes = encoder.encode(id);
  const start = idPrefix.length + idBytes.length + dataPrefix.length;
  const record = new Uint8Array(start + line.length + 1);
  record.set(idPrefix);
  record.set(idBytes, idPrefix.length);
  record.set(dataPrefix, idPrefix.length + idBytes.length);
  record.set(line, start);
  record[start + line.length] = newline;
  return record;
}

/** An SSE comment, which readers skip. `text` is one line. */
export function encodeSseComment(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`: ${text}\n\n`);
}

/**
 * The last record of a stream that ends before its session does: a comment
 * for people and how long readers wait before they come back.
 *
 * @param text One line.
 * @param retry Milliseconds.
 */
export function encodeSseFarewell(
  text: string,
  retry: number,
): Uint8Array<ArrayBuffer> {
  return encoder.encode(`: ${text}\nretry: ${retry}\n\n`);
}
