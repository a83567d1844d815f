import assert from "node:assert/strict";
import fc from "fast-check";
import {
  encodeNdjson,
  encodeSse,
  encodeSseComment,
  encodeSseFarewell,
} from "../../src/events/encode.ts";
import type { AgentEvent } from "../../src/events/event.ts";
import { dataLines } from "../sse.ts";

const decoder = new TextDecoder();
const event = fc.record({
  type: fc.constant("error" as const),
  message: fc.string({ unit: "binary" }),
}, { noNullPrototype: true });

Deno.test("encodeNdjson() gives one line of JSON whatever the text holds", () => {
  fc.assert(fc.property(event, (event: AgentEvent) => {
    const line = decoder.decode(encodeNdjson(event));
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.equal(line.includes("\r"), false);
    assert.deepEqual(JSON.parse(line), event);
  }));
});

Deno.test("encodeNdjson() leaves nothing that a line reader or a terminal acts on", () => {
  const message =
    "\0\x1b]0;x\x07 \x0b\x0c\x1c\x1d\x1e \x7f\x85\x9b31m \u2028\u2029";
  const line = decoder.decode(encodeNdjson({ type: "error", message }));
  // deno-lint-ignore no-control-regex
  assert.match(line, /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\n$/);
  assert.deepEqual(JSON.parse(line), { type: "error", message });
});

Deno.test("encodeSse() gives records that the front end's reader understands", () => {
  fc.assert(fc.property(fc.array(event), (events) => {
    const text = events.map((event, i) =>
      decoder.decode(encodeSse(`a-${i}`, encodeNdjson(event)))
    ).join("");
    assert.deepEqual(dataLines(text).map((line) => JSON.parse(line)), events);
    assert.deepEqual(
      text.split("\n").filter((line) => line.startsWith("id: ")),
      events.map((_, i) => `id: a-${i}`),
    );
    assert.equal(text.split("\n\n").length, events.length + 1);
  }));
});

Deno.test("comments and farewells hold no data line", () => {
  const text = decoder.decode(encodeSseComment("alive")) +
    decoder.decode(encodeSseFarewell("the server stops", 2000));
  assert.equal(text, ": alive\n\n: the server stops\nretry: 2000\n\n");
});
