/**
 * The open connections, and when each has had enough time. One sweep a second
 * over a table replaces a timer for each socket.
 *
 * @module
 */

import type { Socket } from "node:net";

/** How long a connection may do what; milliseconds. */
export interface ConnectionTimes {
  /** From its opening to the end of its first request's headers: slow headers and half-open connections are cut. */
  readonly headers: number;
  /** Between two requests. */
  readonly idle: number;
  /** With bytes to send and none taken by the other side. */
  readonly stalled: number;
}

/** Times that hold with {@linkcode Connections} unless others are given. */
export const connectionTimes: ConnectionTimes = {
  headers: 10_000,
  idle: 30_000,
  stalled: 25_000,
};

/** One connection. */
export interface Connection {
  readonly socket: Socket;
  /** Of the client. */
  readonly address: string;
  /** Requests that are being answered. */
  requests: number;
  /** Set while the connection waits for a request: when that began, milliseconds. */
  waitingSince: number | undefined;
  /** Set while the connection is an open stream: called each second. */
  tick: (() => void) | undefined;
  /** How long it may wait for the request that it waits for, milliseconds. */
  patience: number;
  /** It had waited too long at the last sweep. */
  overdue: boolean;
  /** Bytes that the system had taken at the last sweep, and since when it has taken none of those that wait. */
  taken: number;
  takenSince: number;
}

/**
 * The table of connections. At its limit the connection that has waited
 * longest without a request makes room; if all of them are busy, the newcomer
 * goes. So descriptors never run out, which the runtime would not survive.
 */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Connection>();
  readonly #limit: number;
  readonly #times: ConnectionTimes;
  #refused = 0;

  /** @param limit Connections at once. */
  constructor(limit: number, times: ConnectionTimes = connectionTimes) {
    this.#limit = limit;
    this.#times = times;
  }

  /** Connections that are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Connections that were closed as too many were open. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes in a socket that was accepted. */
  add(socket: Socket): void {
    if (this.#open.size >= this.#limit) {
      this.#refused++;
      const [longest] = this.#waiting;
      (longest?.socket ?? socket).destroy();
      if (longest === undefined) return;
      this.#remove(longest);
    }
    const connection: Connection = {
      socket,
      address: socket.remoteAddress ?? "",
      requests: 0,
      waitingSince: undefined,
      tick: undefined,
      patience: this.#times.headers,
      overdue: false,
      taken: 0,
      takenSince: 0,
    };
    this.#open.set(socket, connection);
    this.#wait(connection);
    socket.on("close", () => this.#remove(connection));
  }

  /** The connection of `socket`, `undefined` if it is closed already. */
  of(socket: Socket): Connection | undefined {
    return this.#open.get(socket);
  }

  /** Marks that a request's headers have come. */
  began(connection: Connection): void {
    this.#waiting.delete(connection);
    connection.waitingSince = undefined;
  }

  /** Marks that a request has been answered; after the last one, another may come. */
  answered(connection: Connection): void {
    connection.patience = this.#times.idle;
    if (connection.requests > 0) return;
    if (this.#open.has(connection.socket)) this.#wait(connection);
  }

  /** Cuts what has had enough time, and ticks the open streams. */
  sweep(now: number = performance.now()): void {
    for (const connection of this.#waiting) {
      if (now - connection.waitingSince! <= connection.patience) continue;
      // A request may have come that is not read yet, as the process was busy:
      // the cut waits for another sweep, before which it would be.
      if (connection.overdue) connection.socket.destroy();
      connection.overdue = true;
    }
    for (const connection of this.#open.values()) {
      const { bytesWritten, writableLength } = connection.socket;
      const taken = bytesWritten - writableLength;
      if (writableLength === 0 || taken !== connection.taken) {
        connection.taken = taken;
        connection.takenSince = now;
      } else if (now - connection.takenSince > this.#times.stalled) {
        connection.socket.destroy();
      }
      connection.tick?.();
    }
  }

  /** Cuts every connection. */
  destroy(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  /** Cuts the connections that wait for a request. */
  destroyWaiting(): void {
    for (const { socket } of this.#waiting) socket.destroy();
  }

  #wait(connection: Connection): void {
    connection.waitingSince = performance.now();
    connection.overdue = false;
    this.#waiting.add(connection);
  }

  #remove(connection: Connection): void {
    this.#open.delete(connection.socket);
    this.#waiting.delete(connection);
  }
}
