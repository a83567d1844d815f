/**
 * What clients that mean harm do to one that does not.
 *
 * @module
 */

import {
  RawClient,
  type ServerProcess,
  startProcess,
  startSession,
  within,
} from "../tests/server/harness.ts";
import type { Figure } from "./serve.ts";

const get = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** The 99th percentile of a healthy client's requests until `done`, milliseconds. */
async function healthyP99(
  { url }: ServerProcess,
  done: () => boolean,
): Promise<number> {
  const times: number[] = [];
  while (!done() || times.length < 200) {
    const start = performance.now();
    const answer = await fetch(`${url}/health`);
    await answer.body?.cancel();
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)]!;
}

const healthy = (what: string, value: number, note = ""): Figure => ({
  name: `a healthy client's p99 ${what}`,
  value,
  unit: "ms",
  target: 100,
  note,
});

/** With nobody else there. */
export async function healthyLatency(): Promise<Figure> {
  await using server = await startProcess();
  return healthy("alone", await healthyP99(server, () => true));
}

/** While so many connections say nothing, or half a header. */
export async function openHalf(count: number): Promise<Figure> {
  await using server = await startProcess();
  const before = await server.metric("process_resident_memory_bytes");
  const clients: RawClient[] = [];
  let peak = 0;
  const opening = (async () => {
    while (clients.length < count) {
      const batch = Array.from(
        { length: 50 },
        (_, i) =>
          i % 2 === 0
            ? RawClient.connect(server.port)
            : RawClient.send(server.port, "GET / HTTP/1.1\r\nHost: lo"),
      );
      clients.push(...await Promise.all(batch));
    }
    peak = await server.metric("splatscout_connections");
  })();
  let opened = false;
  opening.then(() => opened = true);
  const p99 = await healthyP99(server, () => opened);
  await opening;
  const grown = await server.metric("process_resident_memory_bytes") - before;
  for (const client of clients) client[Symbol.dispose]();
  return healthy(
    `beside ${count} half-open connections`,
    p99,
    `${peak} open at the end, +${Math.round(grown / 1e6)} MB`,
  );
}

/** While so many bytes are pushed into open streams. */
export async function junkOnStreams(bytes: number): Promise<Figure> {
  await using server = await startProcess();
  const id = await startSession(server, "steps=1000000 every=50");
  const before = await server.metric("process_resident_memory_bytes");
  const streams = 50;
  const piece = new Uint8Array(100_000).fill(0x6a);
  let taken = 0;
  const pushing = Promise.all(Array.from({ length: streams }, async () => {
    using client = await RawClient.send(
      server.port,
      get(`/sessions/${id}/stream`),
    );
    for (let sent = 0; sent < bytes / streams; sent += piece.length) {
      const went = await within(
        client.write(piece).then(() => true, () => false),
        3_000,
      );
      if (!went) return;
      taken += piece.length;
    }
  }));
  let pushed = false;
  pushing.then(() => pushed = true);
  const p99 = await healthyP99(server, () => pushed);
  const grown = await server.metric("process_resident_memory_bytes") - before;
  return healthy(
    `beside ${bytes / 1e6} MB of junk on ${streams} open streams`,
    p99,
    `${Math.round(taken / 1e6)} MB were taken, +${
      Math.round(grown / 1e6)
    } MB resident`,
  );
}
