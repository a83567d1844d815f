import assert from "node:assert/strict";
import fc from "fast-check";
import {
  EventLog,
  segmentBytes,
  UnknownEventIdError,
} from "../../src/events/log.ts";

const encoder = new TextEncoder();
const plain = (_id: string, line: Uint8Array): Uint8Array => line;

/** Reads from `position` to the end as one string. */
function readAll(log: EventLog, position = 0): string {
  const decoder = new TextDecoder();
  let text = "";
  for (let at = position; at < log.size;) {
    const bytes = log.read(at);
    assert.ok(bytes.length > 0 && bytes.length <= segmentBytes);
    text += decoder.decode(bytes, { stream: true });
    at += bytes.length;
  }
  return text;
}

Deno.test("EventLog gives every reader the same bytes, from any id on", () => {
  const lines = fc.array(
    fc.oneof(
      fc.nat(300),
      fc.nat({ max: 3 * segmentBytes }),
    ).map((length) => "x".repeat(length) + "\n"),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(lines, fc.boolean(), (lines, ends) => {
      const log = new EventLog({ encode: plain });
      const ids = lines.map((line) => log.append(encoder.encode(line)));
      if (ends) log.end();
      assert.equal(readAll(log), lines.join(""));
      ids.forEach((id, i) =>
        assert.equal(
          readAll(log, log.positionAfter(id)),
          lines.slice(i + 1).join(""),
        )
      );
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(log.memory <= log.size + segmentBytes + 100 * lines.length);
    }),
    { numRuns: 60 },
  );
});

Deno.test("EventLog never changes bytes that a reader holds", () => {
  const log = new EventLog({ encode: plain });
  log.append(encoder.encode("first\n"));
  const held = log.read(0);
  log.append(encoder.encode("second\n"));
  log.end();
  assert.equal(new TextDecoder().decode(held), "first\n");
  assert.equal(readAll(log), "first\nsecond\n");
});

Deno.test("EventLog wakes readers after each record and at the end, until they leave", () => {
  const log = new EventLog();
  let wakes = 0;
  const leave = log.subscribe(() => wakes++);
  log.append(encoder.encode("{}\n"));
  log.append(encoder.encode("{}\n"));
  log.end();
  log.end();
  assert.equal(wakes, 3);
  leave();
  assert.throws(() => log.append(encoder.encode("{}\n")), TypeError);
  assert.equal(wakes, 3);
});

Deno.test("EventLog refuses ids of another log, another life, or none", () => {
  const log = new EventLog({ epoch: "aa" });
  log.append(encoder.encode("{}\n"));
  log.append(encoder.encode("{}\n"));
  log.beginLife("bb");
  log.append(encoder.encode("{}\n"));
  assert.equal(log.nextId, "bb-3");
  assert.equal(log.positionAfter("bb-2"), log.size);
  assert.ok(log.positionAfter("aa-1") < log.size);
  for (
    const id of [
      "aa-2",
      "bb-1",
      "bb-3",
      "cc-0",
      "aa-01",
      "aa--1",
      "aa-1 ",
      "",
      "aa",
      "aa-1e0",
      `aa-${"9".repeat(400)}`,
    ]
  ) {
    assert.throws(() => log.positionAfter(id), UnknownEventIdError, id);
  }
});
