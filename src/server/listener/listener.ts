/**
 * The listener: `node:http` under a fetch handler. It was chosen over
 * `Deno.serve` by measurement, as that can neither cut a stalled reader nor a
 * half-open connection, reads what a client sends on an open stream without
 * limit, and holds four times the memory a reader.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connection, Connections } from "./connections.ts";
import { Door } from "./door.ts";
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
  readonly sessionId: string | undefined;
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
  /** The server is about to stop: streams end with a farewell, whenever they do. */
  announceStop(): void;
  /** Ends the streams, as far as their readers follow. */
  stopStreams(): void;
  /** Requests under way, streams among them. */
  readonly underWay: number;
  /** Cuts what is left. */
  destroy(): void;
}

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
  const door = new Door({
    onConnection: (socket) => {
      socket.on("error", () => socket.destroy());
      connections.add(socket);
    },
    onRequest: (message, response) => {
      const connection = connections.of(message.socket);
      if (connection === undefined) return;
      if (
        connection.tick !== undefined || connection.requests >= maxPipelined
      ) {
        // Whoever talks into an open stream, or without end, is not a client.
        message.socket.destroy();
        return;
      }
      answer(message, response, connection).catch((error) => {
        options.onError?.(error);
        message.socket.destroy();
      });
    },
    onReopened: () =>
      options.onError?.(
        new Error("The listener had stopped accepting and was opened again"),
      ),
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
        sessionId: exchange.sessionId,
      });
    });
    await exchange.send(await respond(handler, exchange));
  }

  const { address, port } = await door.open(options);
  const timer = setInterval(() => connections.sweep(), sweepInterval);
  return {
    hostname: address,
    port,
    refuse(): void {
      door.close();
      connections.destroyWaiting();
    },
    announceStop(): void {
      for (const exchange of exchanges) exchange.announceStop();
    },
    stopStreams(): void {
      for (const exchange of exchanges) exchange.stop();
    },
    get underWay(): number {
      return exchanges.size;
    },
    destroy(): void {
      clearInterval(timer);
      door.close();
      connections.destroy();
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
      {
        error: {
          message:
            "Cannot understand the request line or the headers: they must be HTTP/1.1",
        },
      },
      { status: 400 },
    );
  }
  return await handler(request, exchange);
}
