/**
 * Clients of every kind come and go for a while: nothing of them stays.
 * `SPLATSCOUT_CHURN` is how long, in seconds; from five minutes on, resident
 * memory must not grow by more than 5 % either.
 */

import assert from "node:assert/strict";
import { seededRandom } from "./chaos_proxy.ts";
import {
  RawClient,
  type ServerProcess,
  startProcess,
  startRequest,
  startSession,
  until,
} from "./harness.ts";

const seconds = Number(Deno.env.get("SPLATSCOUT_CHURN") ?? 6);

/** Seconds from which on memory has settled enough to be compared. */
const settled = 300;

type Client = (server: ServerProcess, random: () => number) => Promise<void>;

const script = (random: () => number): string =>
  `steps=${Math.floor(random() * 20)} every=5 bytes=${
    Math.floor(random() ** 3 * 100_000)
  }${random() < 0.1 ? " fail" : ""}`;

const drain = async (answer: Response): Promise<void> => {
  await answer.body?.cancel();
};

const clients: Client[] = [
  async function readsToTheEnd(server, random): Promise<void> {
    const answer = await fetch(
      `${server.url}/stream_agents`,
      startRequest(script(random), { num_agents: 2 }),
    );
    assert.match(await answer.text(), /session_complete/);
  },
  async function leavesInTheMiddle(server, random): Promise<void> {
    const stop = new AbortController();
    const answer = await fetch(`${server.url}/stream_agents`, {
      ...startRequest(script(random)),
      signal: stop.signal,
    });
    const reader = answer.body!.getReader();
    for (let n = random() * 5; n > 0; n--) await reader.read();
    stop.abort();
    await reader.cancel().catch(() => {
      // Aborted.
    });
  },
  async function watchesWithOthers(server, random): Promise<void> {
    const id = await startSession(server, script(random));
    const path = `/sessions/${id}/stream`;
    const reading = Promise.all(
      [1, 2, 3].map(async () => (await fetch(server.url + path)).text()),
    );
    using early = await RawClient.send(
      server.port,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    );
    await early.read();
    early[Symbol.dispose]();
    assert.equal(new Set(await reading).size, 1);
  },
  async function stopsIt(server, random): Promise<void> {
    const id = await startSession(server, `steps=1000 every=5`);
    await new Promise((resolve) => setTimeout(resolve, random() * 50));
    await drain(
      await fetch(`${server.url}/sessions/${id}`, { method: "DELETE" }),
    );
  },
  async function asksForOther(server): Promise<void> {
    for (const path of ["/getImage?x=1", "/sessions", "/nowhere", "/metrics"]) {
      await drain(await fetch(server.url + path));
    }
  },
  async function sendsTooMuch(server): Promise<void> {
    const answer = await fetch(`${server.url}/sessions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: new Uint8Array(2_000_000),
    });
    assert.equal(answer.status, 413);
    await drain(answer);
  },
  async function sendsJunk(server): Promise<void> {
    using client = await RawClient.send(server.port, "\0\x01 junk\r\n\r\n");
    await client.readAll();
  },
  async function saysNothing(server, random): Promise<void> {
    using _client = await RawClient.connect(server.port);
    await new Promise((resolve) => setTimeout(resolve, random() * 200));
  },
];

Deno.test(`${seconds} s of clients that come and go leave nothing behind`, async () => {
  const data = Deno.makeTempDirSync();
  try {
    await using server = await startProcess({
      data,
      maxData: 20_000_000,
      limits: { sessionTtl: 1_000, maxQueued: 10_000 },
    });
    const random = seededRandom(3);
    await drain(await fetch(`${server.url}/health`));
    const descriptors = (): number =>
      [...Deno.readDirSync(`/proc/${server.pid}/fd`)].length;
    const before = descriptors();
    const end = performance.now() + seconds * 1000;
    const resident: number[] = [];
    let served = 0;
    const sampling = (async () => {
      while (performance.now() < end) {
        resident.push(await server.metric("process_resident_memory_bytes"));
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    })();
    await Promise.all(Array.from({ length: 8 }, async () => {
      while (performance.now() < end) {
        await clients[Math.floor(random() * clients.length)]!(server, random);
        served++;
      }
    }));
    await sampling;
    assert.ok(served > 5 * seconds, `${served} clients`);
    for (
      const gauge of [
        "splatscout_readers",
        "splatscout_agents",
        "splatscout_log_bytes",
        "test_runs",
      ]
    ) await until(async () => await server.metric(gauge) === 0, 10_000);
    const { sessions } = await (await fetch(`${server.url}/sessions`)).json();
    assert.deepEqual(sessions, []);
    // Connections of this process's fetch stay open for a while.
    await until(() => descriptors() <= before + 20, 10_000);
    assert.doesNotMatch(
      server.log(),
      /"level":"error"(?!.*as the script says)/,
    );
    if (seconds < settled) return;
    // The lower quartile: what stays lifts it, what a busy moment holds does not.
    const floor = (from: number, to: number): number => {
      const part = resident.slice(from * resident.length, to * resident.length);
      return part.sort((a, b) => a - b)[Math.floor(part.length / 4)]!;
    };
    const [early, late] = [floor(0.25, 0.5), floor(0.75, 1)];
    const words = `${early / 1e6} to ${late / 1e6} MB after ${served} clients`;
    assert.ok(late < 1.05 * early, words);
  } finally {
    Deno.removeSync(data, { recursive: true });
  }
});
