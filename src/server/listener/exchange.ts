/**
 * One request and its answer, beyond what `Request` and `Response` can say:
 * who asks, whether they are still there, and answers that are logs.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { EventLog } from "../../events/log.ts";
import { discardBody, readBody } from "./body.ts";
import type { Connection } from "./connections.ts";
import { StreamWriter } from "./stream_writer.ts";

/** Milliseconds in which a request's body must come. */
const bodyTimeout = 20_000;

/** Bytes of a body that are written at once. */
const pieceBytes = 65_536;

/** Methods that `Request` refuses; the routes refuse them better. */
const forbidden = /^(TRACE|TRACK|CONNECT)$/i;

/** One request and its answer. */
export class Exchange {
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #connection: Connection;
  readonly #left = new AbortController();
  /** The session that the request is about, for the log. */
  sessionId: string | undefined;
  #source: { log: EventLog; position: number } | undefined;
  #writer: StreamWriter | undefined;

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    connection: Connection,
  ) {
    this.#message = message;
    this.#response = response;
    this.#connection = connection;
    connection.requests++;
  }

  /** The client's address. */
  get address(): string {
    return this.#connection.address;
  }

  /** Aborted when the answer has ended, or its client has left before that. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  /** The request without its body; `undefined` if it is none that `Request` can hold. */
  request(): Request | undefined {
    const { url = "", method = "", rawHeaders } = this.#message;
    const headers = new Headers();
    try {
      for (let i = 0; i < rawHeaders.length; i += 2) {
        headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
      }
      // The Host header is checked as a header; no answer depends on the URL's origin.
      const base = "http://host";
      const target = url.startsWith("/") ? base + url : url;
      return new Request(target === "*" ? base : target, {
        method: forbidden.test(method) ? "UNKNOWN" : method,
        headers,
      });
    } catch {
      return undefined;
    }
  }

  /**
   * The request's body.
   *
   * @throws {BodyTooLargeError} If it is larger than `maxBytes`.
   * @throws {BodyIncompleteError} If it does not end in time.
   */
  readBody(maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    return readBody(this.#message, { maxBytes, timeout: bodyTimeout });
  }

  /** Makes `log` the body of the answer, from `position` on. Its records are framed as chunks. */
  streamLog(log: EventLog, position: number): void {
    this.#source = { log, position };
  }

  /** Sends the answer. A log goes on being sent after this has returned. */
  async send(answer: Response): Promise<void> {
    const response = this.#response;
    if (this.#left.signal.aborted) return;
    for (const [name, value] of answer.headers) {
      if (name !== "set-cookie") response.setHeader(name, value);
    }
    response.statusCode = answer.status;
    if (this.#source !== undefined && this.#message.method !== "HEAD") {
      this.#startStream(this.#source);
      return;
    }
    const body = new Uint8Array(await answer.arrayBuffer());
    // What HEAD would have got has not been made.
    if (
      answer.status !== 204 && answer.status !== 304 &&
      this.#message.method !== "HEAD"
    ) {
      response.setHeader("Content-Length", body.length);
    }
    if (this.#message.complete) {
      const rest = await this.#sendPieces(body);
      if (rest !== undefined) response.end(rest);
      return;
    }
    // The answer leaves at once; its sender must be able to read it.
    response.setHeader("Connection", "close");
    response.write(body);
    await discardBody(this.#message);
    response.end();
  }

  /** The server is about to stop: a stream ends with a farewell, whenever it does. */
  announceStop(): void {
    this.#writer?.announceStop();
  }

  /** Ends a stream as soon as its reader has all records so far. */
  stop(): void {
    this.#writer?.stop();
  }

  /** The answer has ended, or its client has left. */
  close(): void {
    this.#connection.requests--;
    this.#connection.tick = undefined;
    this.#writer?.close();
    this.#left.abort();
  }

  /**
   * Sends all of a body but its last piece, one after the other: each that is
   * taken shows that a slow client follows.
   *
   * @returns The last piece; `undefined` if the client has left.
   */
  async #sendPieces(
    body: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    let goOn = (): void => {};
    this.left.addEventListener("abort", () => goOn());
    let at = 0;
    for (; body.length - at > pieceBytes; at += pieceBytes) {
      if (this.left.aborted) return undefined; // Nobody would tell of the next piece.
      const { promise, resolve } = Promise.withResolvers<void>();
      goOn = resolve;
      this.#response.write(body.subarray(at, at + pieceBytes), () => resolve());
      await promise;
    }
    return this.left.aborted ? undefined : body.subarray(at);
  }

  #startStream({ log, position }: { log: EventLog; position: number }): void {
    const response = this.#response;
    response.setHeader("Connection", "close");
    if (this.#message.httpVersion !== "1.0") {
      response.setHeader("Transfer-Encoding", "chunked");
    }
    response.flushHeaders();
    const writer = new StreamWriter(log, position, response);
    this.#writer = writer;
    this.#connection.tick = () => writer.tick();
  }
}
