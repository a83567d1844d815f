/**
 * The listening socket, and a watch over it: a runtime that ran out of file
 * descriptors once accepts nothing more, without a word, until the socket is
 * opened again.
 *
 * @module
 */

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { boundSendAhead } from "./send_ahead.ts";

/** Largest request line and headers together, bytes. */
const maxHeaderBytes = 16_384;

/** Connections that the system holds until they are accepted. The runtime takes them all in one rush, so that they must fit into the descriptors that are kept free. */
const backlog = 128;

/** Milliseconds of silence after which the door is tried, and how long it may take to answer. */
const watchInterval = 1_000;

/** What happens at the door. */
export interface DoorEvents {
  readonly onConnection: (socket: Socket) => void;
  readonly onRequest: (
    message: IncomingMessage,
    response: ServerResponse,
  ) => void;
  /** The door had been shut by a fault, and is open again. */
  readonly onReopened: () => void;
}

/** A listening socket that stays open. */
export class Door {
  readonly #events: DoorEvents;
  #server: Server | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #lastConnection = 0;

  constructor(events: DoorEvents) {
    this.#events = events;
  }

  /**
   * Listens. Watched only where connecting to oneself is permitted.
   *
   * @throws What the system says, such as `EADDRINUSE`.
   */
  async open(
    { hostname, port }: { readonly hostname: string; readonly port: number },
  ): Promise<AddressInfo> {
    const bound = await this.#listen(hostname, port);
    const host = `${reachable(bound.address)}:${bound.port}`;
    const { state } = Deno.permissions.querySync({ name: "net", host });
    if (state === "granted") {
      this.#timer = setInterval(() => this.#watch(bound), watchInterval);
    }
    return bound;
  }

  /** Accepts nothing more; what is open stays open. */
  close(): void {
    clearInterval(this.#timer);
    this.#server?.close();
    this.#server = undefined;
  }

  async #listen(hostname: string, port: number): Promise<AddressInfo> {
    const server = createServer({
      maxHeaderSize: maxHeaderBytes,
      noDelay: true,
    });
    // The table of connections keeps the times, for what they are.
    server.headersTimeout = 0;
    server.requestTimeout = 0;
    server.keepAliveTimeout = 0;
    server.timeout = 0;
    server.on("connection", (socket: Socket) => {
      this.#lastConnection = performance.now();
      this.#events.onConnection(socket);
    });
    server.on("clientError", refuseNonsense);
    server.on("request", this.#events.onRequest);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen({ port, host: hostname, backlog }, resolve);
    await promise;
    server.off("error", reject);
    server.on("error", () => {
      // Accepting failed; the watch opens the door again.
    });
    boundSendAhead(server);
    this.#server = server;
    return server.address() as AddressInfo;
  }

  /** Knocks, if nobody else has lately; opens the door again if that is not heard. */
  async #watch({ address, port }: AddressInfo): Promise<void> {
    const start = performance.now();
    if (start - this.#lastConnection < watchInterval) return;
    let knock: Deno.TcpConn | undefined;
    try {
      knock = await Deno.connect({ hostname: reachable(address), port });
      await new Promise((resolve) => setTimeout(resolve, watchInterval / 2));
    } catch {
      // No descriptor for a knock, or nobody listens: both are no answer.
    } finally {
      knock?.close();
    }
    if (this.#lastConnection >= start || this.#server === undefined) return;
    this.#server.close();
    await this.#listen(address, port).catch(() => {
      // Another look follows in a moment.
    });
    this.#events.onReopened();
  }
}

/** An address of this machine under which a socket bound to `address` can be reached. */
function reachable(address: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  return address === "::" ? "::1" : address;
}

/** What is no HTTP gets one short answer at most. */
function refuseNonsense(error: NodeJS.ErrnoException, socket: Socket): void {
  const [status, reason] = error.code === "HPE_HEADER_OVERFLOW"
    ? [
      "431 Request Header Fields Too Large",
      `The headers are too large: they may have ${maxHeaderBytes} bytes`,
    ]
    : ["400 Bad Request", "Cannot understand this as HTTP/1.1"];
  const message = JSON.stringify({ error: { message: reason } });
  if (socket.writable && socket.bytesWritten === 0) {
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${message.length}\r\nConnection: close\r\n\r\n${message}`,
    );
  } else socket.destroy();
}
