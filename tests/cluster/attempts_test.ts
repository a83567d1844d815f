/** A session has one writer at a time: the attempts at it, against a real NATS. */

import assert from "node:assert/strict";
import { SessionTakenError } from "../../src/events/sink.ts";
import type { AgentEvent } from "../../src/events/event.ts";
import { encodeNdjson } from "../../src/events/encode.ts";
import { Attempt } from "../../src/server/cluster/attempt.ts";
import { toMessages } from "../../src/server/cluster/event_messages.ts";
import {
  eventsStream,
  eventsSubject,
  type Nats,
  openNats,
} from "../../src/server/cluster/nats.ts";
import { readEvents } from "../../src/server/cluster/read_events.ts";
import { Metrics } from "../../src/server/metrics.ts";
import { SessionRunner, type StartRun } from "../../src/server/runner.ts";
import { Session } from "../../src/server/session.ts";
import { until } from "../server/harness.ts";
import { startNats } from "./nats_process.ts";

const start = { x: 0, y: 0, z: 0, yaw: 0 };
const started: AgentEvent = {
  type: "agent_started",
  agent_id: 0,
  start_pose: start,
};
const done: AgentEvent = {
  type: "agent_done",
  agent_id: 0,
  found: false,
  steps: 0,
  trajectory: [],
};
const end: AgentEvent = {
  type: "session_complete",
  winner_agent_id: null,
  description: "No target found",
};

function newId(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

/** A run that tells `parts`, and waits for those that are to be waited for. */
function telling(...parts: (AgentEvent | (() => unknown))[]): StartRun {
  return async function* (): AsyncGenerator<AgentEvent> {
    for (const part of parts) {
      if (typeof part === "function") await part();
      else yield part;
    }
  };
}

/** An attempt at session `id` of a worker of its own. */
function attempt(nats: Nats, id: string, startRun: StartRun): Attempt {
  const header = {
    session_id: id,
    query: "a chair",
    num_agents: 1,
    created_at: new Date().toISOString(),
  };
  return new Attempt(nats, {
    job: {
      header,
      request: { query: "a chair", start, numAgents: 1, maxSteps: 1, seed: 1 },
    },
    session: new Session(header, { isReadHere: false }),
    worker: crypto.randomUUID(),
    runner: new SessionRunner({
      startRun,
      metrics: new Metrics(),
      onError: (error) => {
        throw error;
      },
    }),
    store: undefined,
    signal: new AbortController().signal,
  });
}

async function typesOf(nats: Nats, id: string): Promise<string[]> {
  const types: string[] = [];
  const lines = readEvents(nats, id, {
    signal: AbortSignal.timeout(10_000),
    present: 0,
    onCaughtUp: () => {},
  });
  for await (const { line } of lines) {
    types.push(JSON.parse(new TextDecoder().decode(line)).type);
  }
  return types;
}

/** Waits until so many messages of a session are there, that of its beginning included. */
async function told(nats: Nats, id: string, count: number): Promise<void> {
  const subject = eventsSubject(id);
  await until(async () => {
    const { state } = await nats.manager.streams.info(eventsStream, {
      subjects_filter: subject,
    });
    return (state.subjects?.[subject] ?? 0) >= count;
  }, 5_000);
}

Deno.test("of two attempts at a session only the newer one can tell", async (t) => {
  await using processes = await startNats(1);
  const nats = await openNats({ servers: processes.urls }, 60_000);
  await t.step("even before it has told anything", async () => {
    const id = newId();
    const oldGoesOn = Promise.withResolvers<void>();
    const newRuns = Promise.withResolvers<void>();
    const newGoesOn = Promise.withResolvers<void>();
    const old = attempt(
      nats,
      id,
      telling(started, () => oldGoesOn.promise, done, end),
    ).run();
    await told(nats, id, 2);
    const refused = assert.rejects(old, SessionTakenError);
    const next = attempt(
      nats,
      id,
      telling(() => newRuns.resolve(), () => newGoesOn.promise, {
        ...done,
        steps: 1,
      }, end),
    ).run();
    await newRuns.promise;
    oldGoesOn.resolve();
    await refused;
    newGoesOn.resolve();
    assert.equal(await next, true);
    assert.deepEqual(await typesOf(nats, id), [
      "agent_started",
      "agent_done",
      "session_complete",
    ]);
  });

  await t.step("also where both would tell the same", async () => {
    const id = newId();
    const oldGoesOn = Promise.withResolvers<void>();
    const newGoesOn = Promise.withResolvers<void>();
    const newTold = Promise.withResolvers<void>();
    const old = attempt(
      nats,
      id,
      telling(() => oldGoesOn.promise, started, done, end),
    ).run();
    const refused = assert.rejects(old, SessionTakenError);
    await told(nats, id, 1);
    const next = attempt(
      nats,
      id,
      telling(
        started,
        () => newTold.resolve(),
        () => newGoesOn.promise,
        done,
        end,
      ),
    ).run();
    await newTold.promise;
    oldGoesOn.resolve();
    await refused;
    newGoesOn.resolve();
    assert.equal(await next, true);
    assert.equal((await typesOf(nats, id)).length, 3);
  });

  await t.step(
    "and where the older one was lost between two parts",
    async () => {
      const id = newId();
      const large = {
        ...started,
        start_pose: { ...start, x: 0.5 },
      };
      const [part] = toMessages({
        sessionId: id,
        number: 0,
        line: encodeNdjson(large),
        isEnd: false,
      }, 4096 + 40);
      await nats.client.publish(eventsSubject(id), part!.payload, {
        msgID: part!.messageId,
        headers: part!.headers,
      });
      const next = attempt(nats, id, telling(started, done, end)).run();
      assert.equal(await next, true);
      assert.equal((await typesOf(nats, id)).length, 3);
    },
  );
  await nats.connection.close();
});
