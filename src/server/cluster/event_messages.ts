/**
 * Events as messages of the events stream. A message tells the event's number
 * in its session, so that readers can put right what came twice, too late or
 * not at all. An event that is larger than a message may be comes in parts.
 * A message without an event marks the beginning of an attempt.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { JsMsg } from "@nats-io/jetstream";

const numberHeader = "Splatscout-Number";
const partHeader = "Splatscout-Part";
const endHeader = "Splatscout-End";
const timeHeader = "Splatscout-Time";
const attemptHeader = "Splatscout-Attempt";

/** Bytes of a message that its headers take at most. */
const headerBytes = 4096;

/** One message that is still to be published. */
export interface OutgoingMessage {
  /** By which the same message is known again: whoever publishes it twice, it is stored once. */
  readonly messageId: string;
  readonly headers: MsgHdrs;
  readonly payload: Uint8Array;
}

/** An event that is to be published. */
export interface NumberedLine {
  readonly sessionId: string;
  /** Of the event in its session, from 0. */
  readonly number: number;
  /** The event as NDJSON. */
  readonly line: Uint8Array;
  /** Whether it is the session's last. */
  readonly isEnd: boolean;
  /** When it happened, milliseconds since 1970; absent where nobody remembers. */
  readonly time?: number | undefined;
}

/** The messages of an event, each within `maxPayload` bytes. */
export function toMessages(
  { sessionId, number, line, isEnd, time }: NumberedLine,
  maxPayload: number,
): OutgoingMessage[] {
  const room = maxPayload - headerBytes;
  const parts = Math.max(1, Math.ceil(line.length / room));
  // Two machines that tell of the same number have not told the same.
  const checksum = crc32(line).toString(16);
  return Array.from({ length: parts }, (_, part) => {
    const fields = headers();
    fields.set(numberHeader, `${number}`);
    if (parts > 1) fields.set(partHeader, `${part}/${parts}/${checksum}`);
    if (isEnd) fields.set(endHeader, "1");
    if (time !== undefined) fields.set(timeHeader, `${time}`);
    return {
      messageId: `${sessionId}:${number}:${checksum}:${part}`,
      headers: fields,
      payload: line.subarray(part * room, (part + 1) * room),
    };
  });
}

/** The message with which the attempt of a worker begins. */
export function attemptMessage(
  sessionId: string,
  worker: string,
): OutgoingMessage {
  const fields = headers();
  fields.set(attemptHeader, worker);
  const messageId = `${sessionId}:attempt:${crypto.randomUUID()}`;
  return { messageId, headers: fields, payload: new Uint8Array() };
}

/** An event as it was published. */
export interface PublishedLine extends Omit<NumberedLine, "sessionId"> {
  /** Of its SSE record: the message's sequence, and when it was stored, which tells another life of the stream apart. */
  readonly id: string;
  readonly line: Uint8Array<ArrayBuffer>;
}

/** Puts the parts of events together, in whatever order they come. */
export class Assembler {
  /** By number and checksum: a writer that was lost may have left some parts of another event. */
  readonly #parts = new Map<string, Uint8Array[]>();

  /** Takes the next message. @returns the event, if it is whole now */
  take(message: JsMsg): PublishedLine | undefined {
    const { headers: fields, data, seq, timestampNanos } = message;
    if (!fields?.has(numberHeader)) return undefined;
    const number = Number(fields.get(numberHeader));
    const line = this.#whole(fields, data);
    return line && {
      number,
      line,
      isEnd: fields.has(endHeader),
      time: fields.has(timeHeader) ? Number(fields.get(timeHeader)) : undefined,
      id: `${timestampNanos.toString(36)}-${seq}`,
    };
  }

  #whole(
    fields: MsgHdrs,
    data: Uint8Array,
  ): Uint8Array<ArrayBuffer> | undefined {
    if (!fields.has(partHeader)) return new Uint8Array(data);
    const [part, count, checksum] = fields.get(partHeader).split("/");
    const key = `${fields.get(numberHeader)}:${checksum}`;
    const parts = this.#parts.get(key) ?? [];
    parts[Number(part)] = data;
    this.#parts.set(key, parts);
    if (Object.keys(parts).length < Number(count)) return undefined;
    this.#parts.delete(key);
    return join(parts);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
