import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeNdjson, encodeSse } from "../../../src/events/encode.ts";
import { SseParser } from "../../../src/server/ui/sse_parser.js";

Deno.test("records are read whole, wherever the text is cut", () => {
  const record = fc.record({
    id: fc.stringMatching(/^[a-z0-9.]{1,12}$/),
    description: fc.string(),
    comment: fc.boolean(),
  });
  fc.assert(fc.property(
    fc.array(record, { maxLength: 6 }),
    fc.array(fc.nat(400)),
    (records, cuts) => {
      const decoder = new TextDecoder();
      const text = records.map(({ id, description, comment }) => {
        const line = encodeNdjson({
          type: "session_complete",
          winner_agent_id: null,
          description,
        });
        return (comment ? ": alive\n\n" : "") +
          decoder.decode(encodeSse(id, line));
      }).join("");
      const parser = new SseParser();
      const found: { id: string; data: string }[] = [];
      let rest = text;
      for (const cut of cuts) {
        found.push(...parser.push(rest.slice(0, cut)));
        rest = rest.slice(cut);
      }
      found.push(...parser.push(rest));
      assert.deepEqual(
        found.map(({ id, data }) => [id, JSON.parse(data).description]),
        records.map(({ id, description }) => [id, description]),
      );
    },
  ));
});

Deno.test("lines may end as on any system, data may be of many lines", () => {
  const parser = new SseParser();
  const text = "id: 7\r\ndata: a\r\ndata:b\r\n\r\nretry: 20\n";
  assert.deepEqual([...parser.push(text)], [{ id: "7", data: "a\nb" }]);
  assert.equal(parser.retry, 20);
});
