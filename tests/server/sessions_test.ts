import assert from "node:assert/strict";
import type { Journal } from "../../src/events/journal.ts";
import { EventStore } from "../../src/events/store.ts";
import { Metrics } from "../../src/server/metrics.ts";
import { Sessions } from "../../src/server/sessions.ts";
import { temporary } from "../temporary.ts";
import { scriptedRun, testConfig } from "./scripted_server.ts";

Deno.test("a session that is still being taken in when the server stops is refused, and leaves nothing", async () => {
  using directory = temporary();
  const store = EventStore.open(directory.path, {
    sync: "interval",
    maxBytes: 1e9,
    onNotice: () => {},
  });
  const disk = Promise.withResolvers<void>();
  const create = store.create.bind(store);
  store.create = async (header): Promise<Journal> => {
    const journal = await create(header);
    await disk.promise;
    return journal;
  };
  const sessions = new Sessions({
    startRun: scriptedRun,
    limits: testConfig().limits,
    metrics: new Metrics(),
    store,
    onError: (error) => assert.fail(String(error)),
  });
  const asked = sessions.create({
    query: "steps=1000 every=10",
    start: { x: 0, y: 0, z: 0, yaw: 0 },
    numAgents: 1,
    maxSteps: 100,
    seed: 1,
  });
  const finished = sessions.finish(0);
  disk.resolve();
  await assert.rejects(asked, /about to stop/);
  await finished;
  assert.deepEqual(sessions.list(), []);
  store.close();
  const files = [...Deno.readDirSync(directory.path)].map(({ name }) => name);
  assert.deepEqual(files, [".lock"]);
});
