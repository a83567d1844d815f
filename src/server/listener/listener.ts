/**
 * The listener: `node:http` under a fetch handler. It was chosen over
 * `Deno.serve` by measurement, as that can neither cut a stalled reader nor a
 * half-open connection, reads what a client sends on an open stream without
 * limit, and holds four times the memory a reader.
 *
 * @module
 */

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Connection, Connections } from "./connections.ts";
import { Exchange } from "./exchange.ts";

/** Answers one request; `exchange` is what a `Request` cannot tell or do. */
export type Handler = (
  request: Request,
  exchange: Exchange,
) => Response | Promise<Response>;

/** What is known of a request when it is over. */
export interface Answered {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  /** From the end of the request's headers to the end of the answer. */
  readonly milliseconds: number;
  readonly address: string;
}

/** Options of {@linkcode listen}. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly connections: Connections;
  /** Called once a request, when its answer has ended or its client has left. */
  readonly onAnswered?: (answered: Answered) => void;
  /** Told of what a handler threw. */
  readonly onError?: (error: unknown) => void;
}

/** A server that listens. */
export interface Listener {
  readonly hostname: string;
  readonly port: number;
  /** Accepts no more connections and closes those that wait. */
  refuse(): void;
  /** Ends the streams, as far as their readers follow, with a farewell. */
  stopStreams(): void;
  /** Requests under way, streams among them. */
  readonly underWay: number;
  /** Cuts what is left. */
  destroy(): Promise<void>;
}

/** Largest request line and headers together, bytes. */
const maxHeaderBytes = 16_384;

/** Requests that one connection may have sent ahead of their answers. */
const maxPipelined = 16;

/** Milliseconds between two looks at the table of connections. */
const sweepInterval = 1_000;

/**
 * Listens.
 *
 * @throws What the system says, such as `EADDRINUSE`.
 */
export async function listen(
  handler: Handler,
  options: ListenOptions,
): Promise<Listener> {
  const { connections } = options;
  const exchanges = new Set<Exchange>();
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
    socket.on("error", () => socket.destroy());
    connections.add(socket);
  });
  server.on("clientError", refuseNonsense);
  server.on("request", (message, response) => {
    const connection = connections.of(message.socket);
    if (connection === undefined) return;
    if (connection.tick !== undefined || connection.requests >= maxPipelined) {
      // Whoever talks into an open stream, or without end, is not a client.
      message.socket.destroy();
      return;
    }
    answer(message, response, connection).catch((error) => {
      options.onError?.(error);
      message.socket.destroy();
    });
  });

  async function answer(
    message: IncomingMessage,
    response: ServerResponse,
    connection: Connection,
  ): Promise<void> {
    const start = performance.now();
    const exchange = new Exchange(message, response, connection);
    connections.began(connection);
    exchanges.add(exchange);
    response.once("close", () => {
      exchanges.delete(exchange);
      exchange.close();
      connections.answered(connection);
      options.onAnswered?.({
        method: message.method ?? "",
        path: (message.url ?? "").split("?", 1)[0]!,
        status: response.statusCode,
        milliseconds: performance.now() - start,
        address: exchange.address,
      });
    });
    await exchange.send(await respond(handler, exchange));
  }

  await bind(server, options);
  const { address, port } = server.address() as AddressInfo;
  const timer = setInterval(() => connections.sweep(), sweepInterval);
  return {
    hostname: address,
    port,
    refuse(): void {
      server.close();
      connections.destroyWaiting();
    },
    stopStreams(): void {
      for (const exchange of exchanges) exchange.stop();
    },
    get underWay(): number {
      return exchanges.size;
    },
    async destroy(): Promise<void> {
      clearInterval(timer);
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      connections.destroy();
      await closed.promise;
    },
  };
}

async function respond(
  handler: Handler,
  exchange: Exchange,
): Promise<Response> {
  const request = exchange.request();
  if (request === undefined) {
    return Response.json(
      { error: { message: "Cannot understand the request line" } },
      { status: 400 },
    );
  }
  return await handler(request, exchange);
}

function bind(
  server: Server,
  { hostname, port }: ListenOptions,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, hostname, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}

/** What is no HTTP gets one short answer at most. */
function refuseNonsense(error: NodeJS.ErrnoException, socket: Socket): void {
  const status = error.code === "HPE_HEADER_OVERFLOW"
    ? "431 Request Header Fields Too Large"
    : "400 Bad Request";
  const message = JSON.stringify({ error: { message: status.slice(4) } });
  if (socket.writable && socket.bytesWritten === 0) {
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${message.length}\r\nConnection: close\r\n\r\n${message}`,
    );
  } else socket.destroy();
}
