import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import { encodeNdjson } from "../../src/events/encode.ts";
import type { AgentEvent } from "../../src/events/event.ts";
import type { Journal } from "../../src/events/journal.ts";
import { EventLog } from "../../src/events/log.ts";
import { EventStore, type EventStoreOptions } from "../../src/events/store.ts";
import {
  decodeStoredLine,
  encodeStoredEvent,
  encodeStoredValue,
} from "../../src/events/stored_line.ts";
import { temporary } from "../temporary.ts";

const decoder = new TextDecoder();
const pose = { x: 0, y: 0, z: 0, yaw: 0 };

function open(
  path: string,
  options: Partial<EventStoreOptions> = {},
): { store: EventStore; notices: string[] } & Disposable {
  const notices: string[] = [];
  const store = EventStore.open(path, {
    sync: "interval",
    maxBytes: 1e9,
    onNotice: (line) => notices.push(line),
    ...options,
  });
  return { store, notices, [Symbol.dispose]: () => store.close() };
}

/** A log whose records are ids and lines, so that both can be compared. */
function readableLog(): EventLog {
  return new EventLog({
    encode: (id, line) =>
      new TextEncoder().encode(`${id} ${decoder.decode(line)}`),
  });
}

function contents(log: EventLog): string[] {
  let text = "";
  for (let at = 0; at < log.size;) {
    const bytes = log.read(at);
    text += decoder.decode(bytes, { stream: true });
    at += bytes.length;
  }
  return text.trimEnd().split("\n");
}

const id = "0123456789abcdef0123456789abcdef";
const header = {
  session_id: id,
  query: "the red chair",
  num_agents: 1,
  created_at: "2026-01-01T00:00:00.000Z",
};
const summary = {
  status: "complete" as const,
  winner_agent_id: 0,
  description: "a red chair",
  ended_at: "2026-01-01T00:01:00.000Z",
};

function events(steps: number): AgentEvent[] {
  return [
    { type: "agent_started", agent_id: 0, start_pose: pose },
    ...Array.from({ length: steps }, (_, step): AgentEvent => ({
      type: "agent_step",
      agent_id: 0,
      step,
      total_steps: steps,
      pose,
      image_b64: "iVBORw0KGgo=".repeat(1 + step % 3),
      reasoning: `é ${step}`,
      action: "move",
    })),
    {
      type: "agent_done",
      agent_id: 0,
      found: false,
      steps,
      trajectory: [],
    },
    { type: "session_complete", winner_agent_id: null, description: "x" },
  ];
}

/** Writes a session as a server does; `finish` false is a server that is killed. */
async function write(
  store: EventStore,
  written: readonly AgentEvent[],
  finish: boolean,
): Promise<string[]> {
  const log = readableLog();
  const journal = await store.create(header);
  for (const event of written) {
    const line = encodeNdjson(event);
    await journal.append({ id: log.nextId, line, event });
    log.append(line);
  }
  if (finish) await store.finish(id, journal, summary);
  return contents(log);
}

Deno.test("stored lines survive, and no flipped bit passes", () => {
  const line = encodeNdjson(events(1)[1]!);
  const stored = encodeStoredEvent("ab-7", line);
  assert.equal(stored.at(-1), 0x0a);
  JSON.parse(decoder.decode(stored));
  const body = stored.subarray(0, -1);
  assert.deepEqual(decodeStoredLine(body), {
    kind: "event",
    id: "ab-7",
    line: new Uint8Array(line),
  });
  for (let bit = 0; bit < body.length * 8; bit++) {
    const flipped = body.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(decodeStoredLine(flipped), undefined, `bit ${bit}`);
  }
  const end = encodeStoredValue("end", summary);
  assert.deepEqual(decodeStoredLine(end.subarray(0, -1)), {
    kind: "end",
    value: summary,
  });
  for (const junk of ["", "{}", "x".repeat(100)]) {
    assert.equal(decodeStoredLine(new TextEncoder().encode(junk)), undefined);
  }
});

Deno.test("a closed session comes back under the same ids", async () => {
  using directory = temporary();
  let before: string[];
  {
    using opened = open(directory.path, { sync: "always" });
    before = await write(opened.store, events(20), true);
    assert.ok(opened.store.has(id));
  }
  using opened = open(directory.path);
  assert.deepEqual([...opened.store.interrupted()], []);
  assert.deepEqual([...opened.store.closedSince(0)], [{ header, summary }]);
  assert.deepEqual([...opened.store.closedSince(Date.now() + 60_000)], []);
  const log = readableLog();
  await opened.store.load(id, log);
  assert.deepEqual(contents(log), before);
  assert.ok(log.ended);
  assert.deepEqual(opened.notices, []);
});

Deno.test("a session cut off at any byte is closed with what was whole", async () => {
  using directory = temporary();
  const name = join(directory.path, `${id}.live.ndjson`);
  let before: string[];
  {
    using opened = open(directory.path);
    before = await write(opened.store, events(3).slice(0, -2), false);
  }
  const bytes = Deno.readFileSync(name);
  const ends = [...bytes.keys()].filter((i) => bytes[i] === 0x0a);
  for (let size = 0; size <= bytes.length; size += size % 7 === 0 ? 1 : 3) {
    Deno.writeFileSync(name, bytes.subarray(0, size));
    using opened = open(directory.path);
    const log = readableLog();
    const stored = await opened.store.recover(id, log);
    // A line that lacks its newline alone is whole.
    const lines = ends.filter((end) => end <= size).length;
    if (lines === 0) {
      assert.equal(stored, undefined);
      continue;
    }
    const after = contents(log);
    assert.deepEqual(after.slice(0, lines - 1), before.slice(0, lines - 1));
    const closing = after.slice(lines - 1).map((line) =>
      JSON.parse(line.slice(line.indexOf(" ")))
    );
    assert.deepEqual(closing.map(({ type }) => type), [
      "error",
      "session_complete",
    ]);
    assert.equal(closing[0].agent_id, lines > 1 ? 0 : undefined);
    assert.equal(stored?.summary.status, "complete");
    const again = readableLog();
    await opened.store.load(id, again);
    assert.deepEqual(contents(again), after, "the file says the same");
    assert.deepEqual(opened.notices, []);
    Deno.removeSync(join(directory.path, `${id}.ndjson`));
  }
});

Deno.test("no flipped bit in a file is served silently", async () => {
  using directory = temporary();
  let before: string[];
  {
    using opened = open(directory.path);
    before = await write(opened.store, events(6), true);
  }
  const name = join(directory.path, `${id}.ndjson`);
  const bytes = Deno.readFileSync(name);
  const flips = Number(Deno.env.get("SPLATSCOUT_FLIPS") ?? 300);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      Deno.writeFileSync(name, flipped);
      using opened = open(directory.path);
      const listed = [...opened.store.closedSince(0)];
      const log = readableLog();
      await opened.store.load(id, log);
      const after = contents(log);
      const known = new Set(before);
      const strange = after.filter((line) => !known.has(line));
      // Undamaged records are all there, in order, under their ids.
      const kept = after.filter((line) => known.has(line));
      assert.ok(kept.length >= before.length - 2, `${kept.length} kept`);
      assert.deepEqual(before.filter((line) => kept.includes(line)), kept);
      for (const line of strange) {
        assert.match(line, /damaged|session_complete/);
      }
      const isDamaged = kept.length < before.length ||
        JSON.stringify(listed) !== JSON.stringify([{ header, summary }]);
      // A newline alone may be mended without a word.
      if (isDamaged) assert.notDeepEqual(opened.notices, []);
      const types = after.map((line) =>
        JSON.parse(line.slice(line.indexOf(" "))).type
      );
      assert.equal(types.at(-1), "session_complete");
      assert.equal(types.indexOf("session_complete"), types.length - 1);
    }),
    { numRuns: flips },
  );
});

Deno.test("a lost record keeps its place, so that readers can go on behind it", async () => {
  using directory = temporary();
  let before: string[];
  {
    using opened = open(directory.path);
    before = await write(opened.store, events(6), true);
  }
  const name = join(directory.path, `${id}.ndjson`);
  const bytes = Deno.readFileSync(name);
  const at = decoder.decode(bytes).indexOf('"step":3');
  bytes[at + 7] = 0x34;
  Deno.writeFileSync(name, bytes);
  using opened = open(directory.path);
  const log = readableLog();
  await opened.store.load(id, log);
  const after = contents(log);
  assert.equal(after.length, before.length);
  after.forEach((line, i) =>
    i === 4
      ? assert.match(line, new RegExp(`^${before[4]!.split(" ")[0]} .*damaged`))
      : assert.equal(line, before[i])
  );
  assert.equal(opened.notices.length, 1);
});

Deno.test("a disk that is full loses nothing for those who read live, and says so", async () => {
  using directory = temporary();
  const failures: (string | undefined)[] = [];
  // A directory in the file's place stands for a disk that takes nothing.
  const name = join(directory.path, `${id}.live.ndjson`);
  {
    using opened = open(directory.path, {
      onNotice: (line) => failures.push(line),
    });
    const { store } = opened;
    Deno.mkdirSync(name);
    const journal = await store.create(header);
    assert.notEqual(await store.failure(), undefined);
    const log = readableLog();
    for (const event of events(2)) {
      const line = encodeNdjson(event);
      await journal.append({ id: log.nextId, line, event });
      log.append(line);
    }
    assert.equal(log.length, 5, "nobody waits for the disk");
    Deno.removeSync(name);
    // The disk takes again what it is given: all of it is tried once a second.
    for (let i = 0; i < 40 && await store.failure() !== undefined; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(await store.failure(), undefined);
    await store.finish(id, journal, summary);
    const again = readableLog();
    await store.load(id, again);
    assert.deepEqual(contents(again), contents(log));
  }
  assert.match(failures.join("\n"), /cannot write its events[^]*written again/);
});

Deno.test("the oldest files make room, and one directory has one owner", async () => {
  using directory = temporary();
  using first = open(directory.path, { maxBytes: 5_000 });
  assert.throws(() => open(directory.path), /another server/);
  for (let i = 0; i < 8; i++) {
    const session_id = `${i}`.repeat(32);
    const journal = await first.store.create({ ...header, session_id });
    const written: AgentEvent[] = [
      events(1)[0]!,
      { type: "error", message: "x".repeat(1_000) },
    ];
    for (const [n, event] of written.entries()) {
      await journal.append({ id: `a-${n}`, line: encodeNdjson(event), event });
    }
    await first.store.finish(session_id, journal, summary);
  }
  const left = [...Deno.readDirSync(directory.path)]
    .map(({ name }) => name).filter((name) => name.endsWith(".ndjson")).sort();
  assert.deepEqual(left, ["5", "6", "7"].map((d) => `${d.repeat(32)}.ndjson`));
  assert.equal(first.store.has("0".repeat(32)), false);
  assert.ok(first.notices.length >= 5);
});

Deno.test("files that an operator removed are missed by nobody", async () => {
  using directory = temporary();
  // Three files fit, a fourth does not.
  using opened = open(directory.path, { maxBytes: 1449 });
  const { store, notices } = opened;
  const ids = ["a", "b", "c", "d"].map((letter) => letter.repeat(32));
  const begin = async (session_id: string): Promise<Journal> => {
    const journal = await store.create({ ...header, session_id });
    const [event] = events(0);
    const line = encodeNdjson(event!);
    await journal.append({ id: "x-0", line, event: event! });
    return journal;
  };
  for (const [index, session_id] of ids.entries()) {
    const journal = await begin(session_id);
    await store.finish(session_id, journal, summary);
    if (index === 0) {
      Deno.removeSync(join(directory.path, `${session_id}.ndjson`));
    }
  }
  assert.deepEqual(ids.map((id) => store.has(id)), [false, true, true, true]);
  assert.deepEqual(notices, []);
  const last = ids[3]!;
  Deno.removeSync(join(directory.path, `${last}.ndjson`));
  assert.deepEqual(
    [...store.closedSince(0)].map(({ header }) => header.session_id),
    [ids[1], ids[2]],
  );
  assert.equal(store.has(last), false);

  const lost = "e".repeat(32);
  await begin(lost);
  store.release(lost);
  Deno.removeSync(join(directory.path, `${lost}.live.ndjson`));
  assert.deepEqual([...store.interrupted()], []);
  store.release(lost);
  store.discard(lost);
});

Deno.test("links are not followed", async () => {
  using directory = temporary();
  using outside = temporary();
  const target = join(outside.path, "x");
  Deno.writeTextFileSync(target, "secret");
  Deno.symlinkSync(target, join(directory.path, `${id}.ndjson`));
  Deno.symlinkSync(
    target,
    join(directory.path, `${"1".repeat(32)}.live.ndjson`),
  );
  using opened = open(directory.path);
  assert.deepEqual([...opened.store.closedSince(0)], []);
  assert.deepEqual([...opened.store.interrupted()], []);
  await assert.rejects(opened.store.load(id, readableLog()), /regular file/);
});

Deno.test("hundreds of megabytes do not delay the start", () => {
  using directory = temporary();
  const first = encodeStoredValue("session", header);
  const last = encodeStoredValue("end", summary);
  const files = 20;
  for (let i = 0; i < files; i++) {
    const session_id = i.toString(16).padStart(32, "0");
    using file = Deno.openSync(join(directory.path, `${session_id}.ndjson`), {
      write: true,
      create: true,
    });
    file.writeSync(first);
    // A hole: as long as 50 MB, and as quick to make as nothing.
    file.seekSync(50_000_000, Deno.SeekMode.Start);
    file.writeSync(Uint8Array.of(0x0a));
    file.writeSync(last);
  }
  const start = performance.now();
  using opened = open(directory.path, { maxBytes: 1e12 });
  assert.equal([...opened.store.closedSince(0)].length, files);
  assert.ok(performance.now() - start < 1000);
});
