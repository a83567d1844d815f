/**
 * One reader of a log: a position, and at most one write under way. What the
 * reader has not taken stays in the log, so that it costs nothing to wait.
 *
 * @module
 */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { encodeSseComment, encodeSseFarewell } from "../../events/encode.ts";
import type { EventLog } from "../../events/log.ts";
import { ChunkUnframer, frameChunk } from "./chunked.ts";

/** Ticks of silence, seconds, before a comment shows that the stream lives: at most 15 s. */
const heartbeatAfter = 14;

/** Milliseconds that a reader should wait before it comes back after a shutdown. */
const retryAfter = 2_000;

const heartbeat = frameChunk(encodeSseComment("alive"));
const farewell = frameChunk(
  encodeSseFarewell("the server stops", retryAfter),
);

/** Sends a log to a socket from a position on, live, and ends the response after the log's end. */
export class StreamWriter {
  readonly #log: EventLog;
  readonly #response: ServerResponse;
  readonly #socket: Socket;
  readonly #unframer: ChunkUnframer | undefined;
  readonly #leaveLog: () => void;
  #position: number;
  #writing = false;
  #done = false;
  #saysFarewell = false;
  #stopping = false;
  #silentTicks = 0;

  /**
   * @param log Of records that are framed as chunks.
   * @param position From which on the reader wants them.
   * @param response Whose headers are on their way.
   */
  constructor(log: EventLog, position: number, response: ServerResponse) {
    this.#log = log;
    this.#position = position;
    this.#response = response;
    this.#socket = response.socket!;
    this.#unframer = response.req.httpVersion === "1.0"
      ? new ChunkUnframer()
      : undefined;
    this.#leaveLog = log.subscribe(() => this.#pump());
    this.#pump();
  }

  /** The reader has left, or is sent away. */
  close(): void {
    this.#done = true;
    this.#leaveLog();
  }

  /** The server is about to stop: the stream ends with a farewell, whenever it does. */
  announceStop(): void {
    this.#saysFarewell = true;
  }

  /** Ends the stream as soon as the reader has all records so far. */
  stop(): void {
    this.#stopping = true;
    this.#pump();
  }

  /** Called each second: keeps a silent stream alive. */
  tick(): void {
    if (this.#done || this.#writing) return;
    if (++this.#silentTicks >= heartbeatAfter) this.#write(heartbeat);
  }

  #pump(): void {
    if (this.#done || this.#writing) return;
    if (this.#position < this.#log.size) {
      const bytes = this.#log.read(this.#position);
      this.#position += bytes.length;
      this.#write(bytes);
    } else if (this.#log.ended || this.#stopping) this.#finish();
  }

  #write(bytes: Uint8Array): void {
    this.#writing = true;
    this.#silentTicks = 0;
    const sent = this.#unframer?.unframe(bytes) ?? bytes;
    this.#socket.write(sent, this.#onWritten);
  }

  readonly #onWritten = (error?: Error | null): void => {
    this.#writing = false;
    // Whoever was cut with a write under way takes nothing more.
    if (error) this.close();
    else this.#pump();
  };

  #finish(): void {
    if (this.#saysFarewell) {
      this.#socket.write(this.#unframer?.unframe(farewell) ?? farewell);
    }
    this.close();
    this.#response.end();
  }
}
