/**
 * Few clients, closely watched: sessions at once, how late an event is, how
 * soon a leaving reader is noticed.
 *
 * @module
 */

import { startFakeVllm } from "../tests/fake_vllm/fake_vllm.ts";
import {
  RawClient,
  type ServerProcess,
  startProcess,
  startRequest,
  startSession,
} from "../tests/server/harness.ts";
import { naiveRead } from "../tests/sse.ts";
import { startServe } from "../tests/server/serve_process.ts";
import type { Figure } from "./serve.ts";
import { readAs } from "./serve_fan_out.ts";

/** Sessions that are created at once: real ones, against a fake model. */
export async function sessionsAtOnce(count: number): Promise<Figure> {
  await using fake = await startFakeVllm({ script: { found: { step: 2 } } });
  await using server = await startServe([
    "--size=64",
    "--backend=cpu",
    `--base-url=${fake.url}`,
  ]);
  const start = performance.now();
  const ends = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const id = await startSession(server, "the red chair", {
        num_agents: 1 + i % 2,
      });
      const answer = await fetch(`${server.url}/sessions/${id}/stream`);
      const events = await Array.fromAsync(naiveRead(answer));
      const [last] = events.slice(-1);
      return last?.type === "session_complete" && last.winner_agent_id !== null;
    }),
  );
  const right = ends.filter(Boolean).length;
  return {
    name: `${count} real sessions at once that do not end right`,
    value: count - right,
    unit: "",
    target: 0,
    note: `all in ${((performance.now() - start) / 1000).toFixed(1)} s`,
  };
}

/** How late events come to the one reader of a run that belongs to its request: to its socket, and in the note to a page's reader, which has parsed them. */
export async function lateness(): Promise<Figure> {
  await using server = await startProcess();
  const query = "steps=300 every=10 bytes=60000";
  const { p50, p99 } = await readAs({
    port: server.port,
    path: "/stream_agents",
    body: JSON.stringify({ query, num_agents: 1 }),
    readers: 1,
  });
  const parsed = await parsedLateness(server, query);
  const at = (share: number): string =>
    parsed[Math.floor(parsed.length * share)]!.toFixed(1);
  return {
    name: "a 60 kB event, from its making to its reader: p99",
    value: p99,
    unit: "ms",
    target: 5,
    note: `p50 ${p50}; parsed by a page's reader ${at(0.99)}, p50 ${at(0.5)}`,
  };
}

/** Lateness of each event behind fetch, line splitting and JSON.parse; milliseconds, the least first. */
async function parsedLateness(
  { url }: ServerProcess,
  query: string,
): Promise<number[]> {
  const answer = await fetch(`${url}/stream_agents`, startRequest(query));
  const late: number[] = [];
  for await (const event of naiveRead(answer)) {
    if (event.type !== "agent_step") continue;
    late.push(
      performance.timeOrigin + performance.now() - Number(event.reasoning),
    );
  }
  return late.sort((a, b) => a - b);
}

/** How soon a run ends whose client has left; the worst of 50. */
export async function leave(): Promise<Figure> {
  await using server = await startProcess();
  const body = JSON.stringify({ query: "steps=100000 every=10" });
  let worst = 0;
  for (let i = 0; i < 50; i++) {
    using client = await RawClient.send(
      server.port,
      `POST /stream_agents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await client.readUntil("agent_step");
    const start = performance.now();
    client[Symbol.dispose]();
    while (await server.metric("test_runs") > 0);
    worst = Math.max(worst, performance.now() - start);
  }
  return {
    name: "until a reader's leaving has ended its run, worst of 50",
    value: worst,
    unit: "ms",
    target: 100,
  };
}
