/**
 * Sockets of the system itself, waited for with epoll: a client of thousands
 * of streams must cost little beside the server that it shares a machine
 * with, and must not be late itself. Linux.
 *
 * @module
 */

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
});

const internet = 2;
const streamSocket = 1;
const doNotWait = 0x40;
const add = 1;
const readable = 1;

/** `struct epoll_event`: packed on x86 alone. */
const [eventBytes, dataAt] = Deno.build.arch === "x86_64" ? [12, 4] : [16, 8];

/** Events that one wait takes. */
const eventsAtOnce = 256;

function checked(result: number, call: string): number {
  if (result < 0) throw new Error(`${call} failed`);
  return result;
}

/** A connection to a port of this machine. @returns its descriptor */
export function connect(port: number): number {
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, internet, true);
  view.setUint16(2, port);
  address.set([127, 0, 0, 1], 4);
  const socket = checked(libc.socket(internet, streamSocket, 0), "socket");
  checked(libc.connect(socket, address, address.length), "connect");
  return socket;
}

/** Sends bytes that fit into the system's buffer. */
export function send(socket: number, bytes: Uint8Array<ArrayBuffer>): void {
  checked(Number(libc.send(socket, bytes, BigInt(bytes.length), 0)), "send");
}

/**
 * Takes what has come, without waiting.
 *
 * @returns Bytes that `into` got; 0 if the stream has ended or was cut.
 */
export function receive(
  socket: number,
  into: Uint8Array<ArrayBuffer>,
): number {
  return Math.max(
    0,
    Number(libc.recv(socket, into, BigInt(into.length), doNotWait)),
  );
}

/** Closes a connection. */
export function close(socket: number): void {
  libc.close(socket);
}

/** Tells which of many connections have something to read. */
export class ReadySockets {
  readonly #epoll = checked(libc.epoll_create1(0), "epoll_create1");
  readonly #events = new Uint8Array(eventBytes * eventsAtOnce);
  readonly #view = new DataView(this.#events.buffer);

  /** Watches a connection, until it is closed. */
  add(socket: number): void {
    const event = new Uint8Array(eventBytes);
    const view = new DataView(event.buffer);
    view.setUint32(0, readable, true);
    view.setInt32(dataAt, socket, true);
    checked(libc.epoll_ctl(this.#epoll, add, socket, event), "epoll_ctl");
  }

  /** Blocks until a connection can be read. @returns those that can */
  *wait(): Generator<number> {
    const count = libc.epoll_wait(this.#epoll, this.#events, eventsAtOnce, -1);
    for (let i = 0; i < count; i++) {
      yield this.#view.getInt32(eventBytes * i + dataAt, true);
    }
  }
}
