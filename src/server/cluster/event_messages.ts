/**
 * Events as messages of the events stream. A message tells the event's number
 * in its session, so that readers can put right what came twice, too late or
 * not at all. An event that is larger than a message may be comes in parts.
 *
 * @module
 */

import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { JsMsg } from "@nats-io/jetstream";

const numberHeader = "Splatscout-Number";
const partHeader = "Splatscout-Part";
const endHeader = "Splatscout-End";

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
}

/** The messages of an event, each within `maxPayload` bytes. */
export function toMessages(
  { sessionId, number, line, isEnd }: NumberedLine,
  maxPayload: number,
): OutgoingMessage[] {
  const room = maxPayload - headerBytes;
  const parts = Math.max(1, Math.ceil(line.length / room));
  return Array.from({ length: parts }, (_, part) => {
    const fields = headers();
    fields.set(numberHeader, `${number}`);
    if (parts > 1) fields.set(partHeader, `${part + 1}/${parts}`);
    if (isEnd) fields.set(endHeader, "1");
    return {
      messageId: `${sessionId}:${number}${parts > 1 ? `:${part + 1}` : ""}`,
      headers: fields,
      payload: line.subarray(part * room, (part + 1) * room),
    };
  });
}

/** The number of the event that a message belongs to. */
export function numberOf(
  message: { readonly headers?: MsgHdrs | undefined },
): number {
  return Number(message.headers?.get(numberHeader));
}

/** An event as it was published. */
export interface PublishedLine extends Omit<NumberedLine, "sessionId"> {
  /** Of its SSE record: the message's sequence, and when it was stored, which tells another life of the stream apart. */
  readonly id: string;
  readonly line: Uint8Array<ArrayBuffer>;
}

/** Puts the parts of events together. */
export class Assembler {
  #parts: Uint8Array[] = [];
  #number = -1;

  /** Takes the next message. @returns the event, if that was its last part */
  take(message: JsMsg): PublishedLine | undefined {
    const number = numberOf(message);
    const [part = 1, parts = 1] =
      message.headers?.get(partHeader).split("/").filter(Boolean)
        .map(Number) ?? [];
    if (part === 1 || number !== this.#number) this.#parts = [];
    this.#number = number;
    // A writer that was lost may have left the first parts alone.
    if (part !== this.#parts.length + 1) return undefined;
    this.#parts.push(message.data);
    if (part < parts) return undefined;
    const line = join(this.#parts);
    this.#parts = [];
    return {
      number,
      line,
      isEnd: message.headers?.has(endHeader) ?? false,
      id: `${message.timestampNanos.toString(36)}-${message.seq}`,
    };
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
