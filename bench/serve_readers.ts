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
import { writeOut } from "../src/cli/terminal.ts";

/** What to read. */
export interface ReadersOptions {
  readonly port: number;
  readonly path: string;
  readonly readers: number;
  /** Of them, one in so many is timed. This leaves more of the processor, which client and server share here, to the server. @default {1} */
  readonly timedOneIn?: number;
  /** What the others do: let the system's buffers take what comes and read at the end, or read and forget. @default {"later"} */
  readonly others?: "later" | "forget";
  /** Readers beyond those, which never read. */
  readonly stalled?: number;
}

/** What came of it. */
export interface ReadersResult {
  /** Readers that saw `session_complete`. */
  readonly complete: number;
  /** Events over all timed readers. */
  readonly events: number;
  /** Different contents that readers got: 1 if all got the same bytes, one more if some forgot them. */
  readonly contents: number;
  /** Lateness of an event, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** From the first event's making to its last reader's last byte, milliseconds. */
  readonly span: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const headersEnd = encoder.encode("\r\n\r\n");
const stamp = /"reasoning":"([\d.]+)"/g;

interface Mode {
  /** Takes the lateness of each event. */
  readonly late: number[];
  readonly timed: boolean;
  /** What to wait for before reading. */
  readonly go: Promise<void> | undefined;
}

/** One reader: reads until the stream ends. */
async function read(
  { port, path }: ReadersOptions,
  onOpen: () => void,
  { late, timed, go }: Mode,
): Promise<{ crc: number; complete: boolean; first: number; last: number }> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(
    encoder.encode(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
  );
  const buffer = new Uint8Array(32_768);
  let open = false;
  let crc = 0;
  let tail = "";
  let [first, last] = [Infinity, 0];
  for (;;) {
    const n = await connection.read(buffer).catch(() => null);
    if (n === null) break;
    let bytes = buffer.subarray(0, n);
    if (!open) {
      // Headers come in one piece, as nothing else is sent before them.
      const end = indexOf(bytes, headersEnd);
      if (end < 0) throw new Error("headers in pieces");
      bytes = bytes.subarray(end + headersEnd.length);
      open = true;
      onOpen();
      await go;
    }
    if (!timed && go === undefined) {
      tail = (tail + decoder.decode(bytes.subarray(-200))).slice(-200);
      continue;
    }
    crc = crc32(bytes, crc);
    const now = performance.timeOrigin + performance.now();
    // A stamp may be cut between two reads, and pictures hold none.
    const text = tail + decoder.decode(bytes);
    let end = 0;
    for (const match of text.matchAll(stamp)) {
      const made = Number(match[1]);
      if (timed) late.push(now - made);
      first = Math.min(first, made);
      last = now;
      end = match.index + match[0].length;
    }
    tail = text.slice(Math.max(end, text.length - 400));
  }
  return { crc, complete: tail.includes("session_complete"), first, last };
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  for (let i = 0; i + part.length <= bytes.length; i++) {
    if (part.every((byte, j) => bytes[i + j] === byte)) return i;
  }
  return -1;
}

/** Opens a reader that asks and then never reads; held until the process ends. */
async function stall({ port, path }: ReadersOptions): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(
    encoder.encode(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
  );
  return connection;
}

if (import.meta.main) {
  const options: ReadersOptions = JSON.parse(Deno.args[0]!);
  const { readers, stalled = 0, timedOneIn = 1, others = "later" } = options;
  const late: number[] = [];
  const all = Promise.withResolvers<void>();
  let open = 0;
  const held = await Promise.all(
    Array.from({ length: stalled }, () => stall(options)),
  );
  const reading: ReturnType<typeof read>[] = [];
  const timed: ReturnType<typeof read>[] = [];
  const { promise: go, resolve: releaseOthers } = Promise.withResolvers<void>();
  for (let i = 0; i < readers; i++) {
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    const isTimed = i % timedOneIn === timedOneIn - 1;
    const reader = read(options, () => {
      resolve();
      if (++open === readers) all.resolve();
    }, {
      late,
      timed: isTimed,
      go: isTimed || others === "forget" ? undefined : go,
    });
    reading.push(reader);
    if (isTimed) timed.push(reader);
    // Some at a time: the system's queue of connections is short.
    if (i % 50 === 49) await opened;
  }
  await all.promise;
  await writeOut("open\n");
  const timedResults = await Promise.all(timed);
  releaseOthers();
  const results = await Promise.all(reading);
  late.sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((late[Math.floor(late.length * share)] ?? 0) * 10) / 10;
  const result: ReadersResult = {
    complete: results.filter(({ complete }) => complete).length,
    events: late.length,
    contents: new Set(results.map(({ crc }) => crc)).size,
    p50: at(0.5),
    p99: at(0.99),
    max: at(0.999999),
    span: Math.round(
      Math.max(...timedResults.map(({ last }) => last)) -
        Math.min(...timedResults.map(({ first }) => first)),
    ),
  };
  await writeOut(JSON.stringify(result) + "\n");
  for (const connection of held) connection.close();
  Deno.exit(0);
}
