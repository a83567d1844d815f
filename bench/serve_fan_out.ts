/**
 * Many readers of one session: how late events come, what a reader costs, what
 * readers that stand still do to others.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import {
  type ServerProcess,
  startProcess,
  startSession,
} from "../tests/server/harness.ts";
import type { Figure } from "./serve.ts";
import type { ReadersOptions, ReadersResult } from "./serve_readers.ts";

const client = fileURLToPath(new URL("./serve_readers.ts", import.meta.url));

/** Limits that do not stand in a bench's way; one session runs at a time. */
const limits = {
  maxSessions: 1,
  maxReaders: 10_000,
  maxReadersPerAddress: 10_000,
};

/** What a fan-out came to. */
export type Readers = ReadersResult & { readonly readers: number };

/** A fan-out. */
export interface FanOut {
  readonly readers: number;
  /** Length of the picture in each event; some 200 bytes come on top. */
  readonly bytes: number;
  /** Events; `Infinity` for all at once. */
  readonly perSecond: number;
  readonly seconds?: number;
  /** @default {perSecond * seconds} */
  readonly events?: number;
  /** Readers beyond those, which never read. @default {0} */
  readonly stalled?: number;
}

/** Readers that are there before the first event. */
export async function fanOut(options: FanOut): Promise<Readers> {
  await using server = await startProcess({ limits });
  return await readAll(server, options);
}

async function readAll(
  server: ServerProcess,
  { readers, bytes, perSecond, seconds = 1, events, stalled = 0 }: FanOut,
): Promise<Readers> {
  // The session waits behind this one until all readers are there.
  const ahead = await startSession(server, "steps=1 wait=600000");
  const every = perSecond === Infinity ? 0 : Math.round(1000 / perSecond);
  const id = await startSession(
    server,
    `steps=${events ?? perSecond * seconds} every=${every} bytes=${bytes}`,
  );
  const result = await readAs({
    port: server.port,
    path: `/sessions/${id}/stream`,
    readers,
    stalled,
    timedOneIn: Math.max(1, Math.round(readers / 250)),
  }, async () => {
    const gone = await fetch(`${server.url}/sessions/${ahead}`, {
      method: "DELETE",
    });
    await gone.body?.cancel();
  });
  return { ...result, readers };
}

/** Reads in a process that does nothing else; `onOpen` is called when all readers are there. */
export async function readAs(
  request: ReadersOptions,
  onOpen: () => Promise<void> = async () => {},
): Promise<ReadersResult> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", client, JSON.stringify(request)],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let said = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const wasOpen = said.includes("open\n");
    said += text;
    if (!wasOpen && said.includes("open\n")) await onOpen();
  }
  await child.status;
  return JSON.parse(said.trim().split("\n").at(-1)!);
}

/** Resident memory that each of 4,000 more readers adds. */
export async function memoryAReader(): Promise<Figure> {
  await using server = await startProcess({ limits });
  const id = await startSession(server, "steps=1000000 every=1000");
  const path = `/sessions/${id}/stream`;
  const open: Deno.TcpConn[] = [];
  const request = new TextEncoder().encode(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  );
  const buffer = new Uint8Array(4096);
  const growTo = async (readers: number): Promise<number> => {
    while (open.length < readers) {
      const connection = await Deno.connect({ port: server.port });
      await connection.write(request);
      await connection.read(buffer);
      open.push(connection);
    }
    // What was garbage on the way is collected meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    return await server.metric("process_resident_memory_bytes");
  };
  const few = await growTo(1_000);
  const many = await growTo(5_000);
  for (const connection of open) connection.close();
  return {
    name: "resident memory a reader, 1,000 to 5,000",
    value: (many - few) / 4_000 / 1_000,
    unit: "kB",
    target: 20,
    note: `${Math.round(many / 1e6)} MB with 5,000`,
  };
}

/** Rounds of {@linkcode withStalled}. */
const stalledRounds = 3;

/**
 * 200 readers that stand still, beside 800 that read: by the best of the same
 * 800 alone, which is stricter than by 1,000 that read. Each time the server
 * first serves the 800 for a while that is not measured, as a new process is
 * slower for some seconds.
 */
export async function withStalled(): Promise<Figure[]> {
  // Long enough that stalled readers fill the system's buffers and are cut.
  const load = { readers: 800, bytes: 60_000, perSecond: 5, seconds: 29 };
  const measure = async (stalled: number): Promise<[Readers, number]> => {
    await using server = await startProcess({ limits });
    await readAll(server, { ...load, seconds: 5 });
    let peak = 0;
    const watch = setInterval(async () => {
      const resident = await server.metric("process_resident_memory_bytes")
        .catch(() => 0);
      peak = Math.max(peak, resident);
    }, 500);
    const readers = await readAll(server, { ...load, stalled });
    clearInterval(watch);
    return [readers, peak];
  };
  const rounds: [alone: [Readers, number], beside: [Readers, number]][] = [];
  for (let i = 0; i < stalledRounds; i++) {
    rounds.push([await measure(0), await measure(200)]);
  }
  const best = (of: 0 | 1): number =>
    Math.min(...rounds.map((round) => round[of][0].p99));
  const peak = (of: 0 | 1): number =>
    Math.min(...rounds.map((round) => round[of][1])) / 1e6;
  const all = rounds.map((round) =>
    round.map(([{ p50, p99 }]) => `${p50}, ${p99}`).join(" / ")
  );
  const complete = Math.min(...rounds.map(([, [{ complete }]]) => complete));
  return [{
    name: "memory that 200 stalled of 1,000 readers add",
    value: peak(1) - peak(0),
    unit: "MB",
    target: 50,
    note: `peak ${Math.round(peak(0))} and ${Math.round(peak(1))} MB`,
  }, {
    name: "live p99 beside 200 stalled readers, by that without",
    value: best(1) / best(0),
    unit: "times",
    target: 1.2,
    note: `${best(0)} and ${best(1)} ms; p50, p99 of each: ${
      all.join("; ")
    }; ${complete} complete`,
  }];
}
