/**
 * `deno task bench:cluster`: throughput of one and of two workers, when what a
 * run waits for is its model: scripted runs that wait 100 ms a step, four at
 * once a worker. Prints one JSON object.
 *
 *     deno run --allow-all tests/setup.ts   # fetches a NATS server
 *     deno task bench:cluster
 *
 * @module
 */

import { writeOut } from "../src/cli/terminal.ts";
import { startNats } from "../tests/cluster/nats_process.ts";
import { startProcess, startSession, until } from "../tests/server/harness.ts";

/** Sessions of a measurement. */
const sessions = 32;
/** Sessions that a worker runs at once. */
const atOnce = 4;
/** Each takes 1.5 s of waiting: 15 steps of 100 ms. */
const script = "steps=15 every=100 bytes=60000";

/** Sessions a second with `count` workers. */
async function throughput(count: number): Promise<number> {
  await using nats = await startNats(1);
  const cluster = { servers: nats.urls };
  await using front = await startProcess({
    cluster,
    limits: { maxSessions: 0 },
  });
  await using stack = new AsyncDisposableStack();
  for (let i = 0; i < count; i++) {
    const limits = { maxSessions: atOnce };
    stack.use(await startProcess({ cluster, limits }));
  }
  const start = performance.now();
  await Promise.all(
    Array.from({ length: sessions }, () => startSession(front, script)),
  );
  await until(async () => {
    // Asking costs the processor that the workers need, too.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await fetch(`${front.url}/sessions`);
    const { sessions: all } = await answer.json();
    return all.filter(({ ended_at }: { ended_at: string | null }) =>
      ended_at !== null
    ).length === sessions;
  }, 120_000);
  return sessions / ((performance.now() - start) / 1000);
}

const one = await throughput(1);
const two = await throughput(2);
await writeOut(
  JSON.stringify({
    sessions_per_second: {
      one_worker: Number(one.toFixed(2)),
      two_workers: Number(two.toFixed(2)),
    },
    ratio: Number((two / one).toFixed(2)),
  }) + "\n",
);
