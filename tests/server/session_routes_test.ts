import assert from "node:assert/strict";
import { EventLog } from "../../src/events/log.ts";
import type { RouteContext } from "../../src/server/app_options.ts";
import { Metrics } from "../../src/server/metrics.ts";
import type {
  ServedSession,
  SessionBook,
} from "../../src/server/session_book.ts";
import { streamSession } from "../../src/server/session_routes.ts";

/** How many readers are counted once a client has left, `while` its log was opened or after that. */
async function readersLeft(when: "while" | "after"): Promise<number> {
  const left = new AbortController();
  const session = {
    id: "0".repeat(32),
    readers: 0,
    openLog: () => {
      if (when === "while") left.abort();
      return Promise.resolve(new EventLog());
    },
  } as unknown as ServedSession;
  const sessions = {
    enter: () => {
      session.readers++;
      return true;
    },
    leave: () => session.readers--,
  } as unknown as SessionBook;
  const context = {
    env: { exchange: { left: left.signal, address: "", streamLog: () => {} } },
    req: { header: () => undefined, method: "GET" },
    body: () => new Response(),
    json: () => new Response(),
    header: () => {},
  } as unknown as RouteContext;
  await streamSession(context, session, { sessions, metrics: new Metrics() });
  left.abort();
  return session.readers;
}

Deno.test("a reader is counted out whenever it leaves, also while the disk still gives the log", async () => {
  assert.equal(await readersLeft("after"), 0);
  assert.equal(await readersLeft("while"), 0);
});
