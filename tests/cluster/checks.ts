/**
 * What every reader of a session may rely on, whatever broke meanwhile; and a
 * reader that comes back, anywhere, when its server is gone.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { AgentEvent } from "../../src/events/event.ts";
import { parseSse, type SseRecord } from "../sse.ts";

/**
 * Checks that a session was told whole: each agent starts, takes steps 0, 1,
 * 2, ..., ends once; then the session ends; no event and no id twice.
 */
export function assertWhole(records: readonly SseRecord[]): AgentEvent[] {
  const events: AgentEvent[] = records.map(({ data }) => JSON.parse(data));
  assert.equal(new Set(records.map(({ id }) => id)).size, records.length);
  assert.equal(events.at(-1)?.type, "session_complete");
  const ids = new Set(
    events.flatMap((event) =>
      event.type === "session_complete" ? [] : [event.agent_id]
    ),
  );
  for (const id of ids) {
    const own = events.filter((event) =>
      event.type !== "session_complete" && event.agent_id === id
    );
    const types = own.map(({ type }) => type);
    assert.equal(types[0], "agent_started", `agent ${id}: ${types}`);
    const steps = own.flatMap((event) =>
      event.type === "agent_step" ? [event.step] : []
    );
    assert.deepEqual(steps, [...steps.keys()], `agent ${id}`);
    assert.equal(types.length, steps.length + 2, `agent ${id}: ${types}`);
    assert.match(types.at(-1)!, /^(agent_found|agent_done|error)$/);
    const end = own.at(-1)!;
    if (end.type !== "agent_found" && end.type !== "agent_done") continue;
    assert.equal(end.steps, steps.length);
    assert.deepEqual(
      end.trajectory,
      own.flatMap((event) =>
        event.type === "agent_step" ? [{ ...event.pose, step: event.step }] : []
      ),
    );
  }
  assert.equal(countOf(events, "session_complete"), 1);
  return events;
}

function countOf(events: readonly AgentEvent[], type: string): number {
  return events.filter((event) => event.type === type).length;
}

/** A reader that goes on behind its last record, at the next server, until the session ends. */
export async function readThrough(
  urls: readonly string[],
  sessionId: string,
  first: number,
): Promise<SseRecord[]> {
  const records: SseRecord[] = [];
  const end = performance.now() + 60_000;
  for (let turn = first; performance.now() < end; turn++) {
    const url = urls[turn % urls.length]!;
    const last = records.at(-1);
    let text = "";
    try {
      const answer = await fetch(`${url}/sessions/${sessionId}/stream`, {
        headers: last === undefined ? {} : { "Last-Event-ID": last.id },
        signal: AbortSignal.timeout(40_000),
      });
      if (answer.status === 204) return records;
      if (!answer.ok) {
        const message = await answer.text();
        throw new Error(`${answer.status} ${message}`);
      }
      for await (
        const part of answer.body!.pipeThrough(new TextDecoderStream())
      ) text += part;
    } catch {
      // The server is gone: the next one goes on.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // What came whole counts: a record ends with an empty line.
    const whole = text.slice(0, text.lastIndexOf("\n\n") + 2);
    records.push(...parseSse(whole).records);
    if (records.at(-1)?.data.includes('"session_complete"')) return records;
  }
  throw new Error(`The session did not end: ${records.length} records`);
}
