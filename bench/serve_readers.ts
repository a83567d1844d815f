/**
 * The load client of bench/serve.ts, a process of its own: opens readers on a
 * stream, and tells how late each event came.
 *
 * Arguments: one JSON object, see {@linkcode ReadersOptions}. Prints `open`
 * when every reader has its headers, then one JSON object at the end.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { close, connect, ReadySockets, receive, send } from "./sockets.ts";

/** What to read. */
export interface ReadersOptions {
  readonly port: number;
  readonly path: string;
  /** The JSON of a POST; absent, readers GET. */
  readonly body?: string;
  readonly readers: number;
  /** Of them, one in so many is timed, and its bytes compared: this leaves more of the processor, which client and server share here, to the server. All are read at once. @default {1} */
  readonly timedOneIn?: number;
  /** Readers beyond those, which never read. */
  readonly stalled?: number;
}

/** What came of it. */
export interface ReadersResult {
  /** Readers that saw `session_complete`. */
  readonly complete: number;
  /** Events over all timed readers. */
  readonly events: number;
  /** Different contents that timed readers got: 1 if all got the same bytes. */
  readonly contents: number;
  /** Different lengths of what readers got: 1 if all got as much. */
  readonly lengths: number;
  /** Lateness of an event, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** From the first event's making to the last byte of the last reader, milliseconds. */
  readonly span: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const headersEnd = "\r\n\r\n";
const stamp = /"reasoning":"([\d.]+)"/g;

/** Bytes at the end of a stream that are kept, to see how it ended. */
const tailBytes = 200;

const now = (): number => performance.timeOrigin + performance.now();

/** Times of all timed readers together. */
class Times {
  readonly late: number[] = [];
  first = Infinity;

  add(made: number, came: number): void {
    this.late.push(came - made);
    this.first = Math.min(this.first, made);
  }

  /** Lateness of which `share` is less. */
  at(share: number): number {
    const late = this.late.toSorted((a, b) => a - b);
    return Math.round((late[Math.floor(late.length * share)] ?? 0) * 10) / 10;
  }
}

/** One reader: what its stream has brought so far. */
class Reader {
  readonly #times: Times | undefined;
  readonly #tail = new Uint8Array(tailBytes);
  #rest = "";
  length = 0;
  crc = 0;

  /** @param times Where this reader's are kept, if it is timed. */
  constructor(times: Times | undefined) {
    this.#times = times;
  }

  get timed(): boolean {
    return this.#times !== undefined;
  }

  take(bytes: Uint8Array): void {
    this.length += bytes.length;
    const end = bytes.subarray(-tailBytes);
    this.#tail.copyWithin(0, end.length);
    this.#tail.set(end, tailBytes - end.length);
    if (this.#times !== undefined) this.#time(bytes, this.#times);
  }

  get complete(): boolean {
    return decoder.decode(this.#tail).includes("session_complete");
  }

  #time(bytes: Uint8Array, times: Times): void {
    const came = now();
    this.crc = crc32(bytes, this.crc);
    // A stamp may be cut between two reads, and pictures hold none.
    const text = this.#rest + decoder.decode(bytes);
    let end = 0;
    for (const match of text.matchAll(stamp)) {
      times.add(Number(match[1]), came);
      end = match.index + match[0].length;
    }
    this.#rest = text.slice(Math.max(end, text.length - 400));
  }
}

function encodeRequest(
  { path, body }: ReadersOptions,
): Uint8Array<ArrayBuffer> {
  const head = `${path} HTTP/1.1\r\nHost: localhost\r\n`;
  return encoder.encode(
    body === undefined
      ? `GET ${head}\r\n`
      : `POST ${head}Content-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/** What comes behind the headers, which come in one piece. */
function behindHeaders(bytes: Uint8Array): Uint8Array {
  const text = decoder.decode(bytes);
  const end = text.indexOf(headersEnd);
  if (!text.startsWith("HTTP/1.1 200 ") || end < 0) throw new Error(text);
  return bytes.subarray(end + headersEnd.length);
}

function readAll(options: ReadersOptions, onOpen: () => void): ReadersResult {
  const { port, stalled = 0, timedOneIn = 1 } = options;
  const request = encodeRequest(options);
  const buffer = new Uint8Array(65_536);
  const ready = new ReadySockets();
  const readers = new Map<number, Reader>();
  const times = new Times();
  const ask = (): number => {
    const socket = connect(port);
    send(socket, request);
    return socket;
  };
  for (let i = 0; i < stalled; i++) ask();
  for (let i = 0; i < options.readers; i++) {
    const socket = ask();
    const isTimed = i % timedOneIn === timedOneIn - 1;
    readers.set(socket, new Reader(isTimed ? times : undefined));
    ready.add(socket);
    for (const opened of ready.wait()) {
      const bytes = buffer.subarray(0, receive(opened, buffer));
      readers.get(opened)!.take(behindHeaders(bytes));
    }
  }
  onOpen();
  for (let open = readers.size; open > 0;) {
    for (const socket of ready.wait()) {
      const length = receive(socket, buffer);
      if (length > 0) {
        readers.get(socket)!.take(buffer.subarray(0, length));
        continue;
      }
      close(socket);
      open--;
    }
  }
  const all = [...readers.values()];
  const timed = all.filter((reader) => reader.timed);
  return {
    complete: all.filter(({ complete }) => complete).length,
    events: times.late.length,
    contents: new Set(timed.map(({ crc }) => crc)).size,
    lengths: new Set(all.map(({ length }) => length)).size,
    p50: times.at(0.5),
    p99: times.at(0.99),
    max: times.at(0.999999),
    span: Math.round(now() - times.first),
  };
}

if (import.meta.main) {
  const say = (line: string): void => {
    Deno.stdout.writeSync(encoder.encode(`${line}\n`));
  };
  const options: ReadersOptions = JSON.parse(Deno.args[0]!);
  say(JSON.stringify(readAll(options, () => say("open"))));
}
