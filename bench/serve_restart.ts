/**
 * How soon a server is ready whose disk holds many sessions.
 *
 * @module
 */

import { encodeNdjson } from "../src/events/encode.ts";
import type { AgentEvent } from "../src/events/event.ts";
import { EventLog } from "../src/events/log.ts";
import { EventStore } from "../src/events/store.ts";
import { startProcess } from "../tests/server/harness.ts";
import type { Figure } from "./serve.ts";

/** Bytes of a session's file. */
const fileBytes = 10_000_000;

/** From the start of the process to a 200 of /ready, with `bytes` of logs, one session of them interrupted. */
export async function readyWithLogs(bytes: number): Promise<Figure> {
  const data = Deno.makeTempDirSync();
  try {
    const files = bytes / fileBytes;
    for (let i = 0; i < files; i++) await writeSession(data, i === files - 1);
    const start = performance.now();
    await using server = await startProcess({ data, maxData: 1e12 });
    let ready: number;
    do {
      const answer = await fetch(`${server.url}/ready`);
      await answer.body?.cancel();
      ready = answer.status;
    } while (ready !== 200);
    const took = performance.now() - start;
    const answer = await fetch(`${server.url}/sessions`);
    const { sessions } = await answer.json();
    return {
      name: `ready with ${bytes / 1e9} GB of logs, from the process's start`,
      value: took / 1000,
      unit: "s",
      target: 1,
      note: `${sessions.length} sessions are listed`,
    };
  } finally {
    Deno.removeSync(data, { recursive: true });
  }
}

/** Writes a session as the server does; one that is interrupted stays open. */
async function writeSession(data: string, interrupted: boolean): Promise<void> {
  const store = EventStore.open(data, {
    sync: "interval",
    maxBytes: 1e12,
    onNotice: () => {},
  });
  const session_id = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const now = new Date().toISOString();
  const journal = await store.create({
    session_id,
    query: "the red chair",
    num_agents: 1,
    created_at: now,
  });
  const log = new EventLog();
  const pose = { x: 0, y: 0, z: 0, yaw: 0 };
  const append = async (event: AgentEvent): Promise<void> => {
    const line = encodeNdjson(event);
    await journal.append({ id: log.nextId, line, event });
    log.append(line);
  };
  await append({ type: "agent_started", agent_id: 0, start_pose: pose });
  for (let step = 0; log.size < fileBytes; step++) {
    await append({
      type: "agent_step",
      agent_id: 0,
      step,
      total_steps: 1000,
      pose,
      image_b64: "A".repeat(100_000),
      reasoning: "Nothing yet.",
      action: "move",
    });
  }
  if (!interrupted) {
    await store.finish(session_id, journal, {
      status: "cancelled",
      winner_agent_id: null,
      description: "No target found",
      ended_at: now,
    });
  }
  store.close();
}
