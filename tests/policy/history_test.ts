import assert from "node:assert/strict";
import fc from "fast-check";
import {
  History,
  type HistoryLimit,
  parseHistoryLimit,
} from "../../src/policy/history.ts";
import { type ChatMessage, encodeBody } from "../../src/vlm/message.ts";
import { PICTURE } from "../vlm/asking.ts";

const image = { png: PICTURE, width: 32, height: 32 };

/** Takes `turns` turns; gives the messages as they were sent at each. */
function talk(history: History, turns: number): (readonly ChatMessage[])[] {
  return Array.from({ length: turns }, (_, step) => {
    history.ask({ image, text: `Step ${step}.` });
    const sent = history.messages;
    history.answer(`{"answer": ${step}}`, `saw thing ${step}`);
    return sent;
  });
}

const bytesOf = (messages: readonly ChatMessage[]): string =>
  new TextDecoder().decode(encodeBody(messages, { model: "m" }));
/** Without what follows the list. */
const prefixOf = (messages: readonly ChatMessage[]): string =>
  bytesOf(messages).slice(0, -'],"model":"m"}'.length);
const imagesIn = (messages: readonly ChatMessage[]): number =>
  messages.reduce(
    (sum, m) => sum + (m.role === "user" ? m.images.length : 0),
    0,
  );

Deno.test("history `all` grows at its end alone, byte for byte", () => {
  const sent = talk(new History("system", "all"), 15);
  for (let turn = 1; turn < sent.length; turn++) {
    assert.ok(bytesOf(sent[turn]!).startsWith(prefixOf(sent[turn - 1]!)));
    assert.equal(imagesIn(sent[turn]!), turn + 1);
  }
  assert.deepEqual(sent[1]!.map(({ role }) => role), [
    "system",
    "user",
    "assistant",
    "user",
  ]);
});

Deno.test("history `last:K` sends at most K pictures, compacts in bulk, and tells the rest in words", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), (limit) => {
    const sent = talk(new History("system", limit), 30);
    let breaks = 0;
    sent.forEach((messages, step) => {
      assert.ok(imagesIn(messages) <= limit);
      const roles = messages.slice(1).map(({ role }) => role);
      assert.ok(
        roles.every((role, i) => role === (i % 2 ? "assistant" : "user")),
      );
      const text = messages.map(({ text }) => text).join("\n");
      for (let past = 0; past <= step; past++) {
        assert.ok(text.includes(`Step ${past}.`), `step ${past} at ${step}`);
      }
      if (
        step > 0 && !bytesOf(messages).startsWith(prefixOf(sent[step - 1]!))
      ) breaks++;
    });
    const dropped = limit - Math.ceil(limit / 2) + 1; // pictures a compaction
    assert.ok(breaks <= Math.ceil(30 / dropped), `${breaks} compactions`);
  }));
});

Deno.test("compact(1) keeps the newest picture alone", () => {
  const history = new History("system", "all");
  talk(history, 5);
  history.ask({ image, text: "Step 5." });
  history.compact(1);
  const { messages } = history;
  assert.deepEqual(messages.map(({ role }) => role), ["system", "user"]);
  assert.equal(
    messages[1]!.text,
    "Step 5.\nEarlier steps, their pictures no longer shown:\n" +
      [0, 1, 2, 3, 4].map((n) => `- Step ${n}. saw thing ${n}`).join("\n"),
  );
  assert.equal(history.imageCount, 1);
});

Deno.test("pictures around the start come first, count for none of `last:K`, and go first", () => {
  const around = { images: [image, image, image, image], text: "All around." };
  const history = new History("system", 2);
  history.ask({ image, text: "Step 0.", around });
  const [, first] = history.messages;
  assert.equal(imagesIn([first!]), 5);
  assert.equal(first!.text, "Step 0.\nAll around.");
  history.answer("a", "saw thing 0");
  history.ask({ image, text: "Step 1." });
  assert.equal(history.imageCount, 6);
  assert.ok(
    bytesOf(history.messages).startsWith(
      prefixOf([{ role: "system", text: "system" }, first!]),
    ),
  );
  history.compact(2);
  assert.equal(history.imageCount, 2);
  assert.doesNotMatch(bytesOf(history.messages), /around/);
  assert.deepEqual(history.messages[1]!.text, "Step 0.");
});

Deno.test("notes and answers stay short however long the search and the replies", () => {
  const history = new History("system", 1);
  for (let step = 0; step < 200; step++) {
    history.ask({ image, text: `Step ${step}.` });
    history.answer("x".repeat(100_000), "y".repeat(100_000));
  }
  history.ask({ image, text: "Step 200." });
  assert.ok(bytesOf(history.messages).length < 10_000);
  assert.ok(history.messages.at(-1)!.text.includes("Step 199."));
});

Deno.test("an empty answer is no empty message", () => {
  const history = new History("system", "all");
  history.ask({ image, text: "Step 0." });
  history.answer(" \n", "");
  assert.equal(history.messages.at(-1)!.text, "(no answer)");
});

for (
  const [text, limit] of [["all", "all"], ["last:1", 1], ["last:12", 12]] as [
    string,
    HistoryLimit,
  ][]
) {
  Deno.test(`parseHistoryLimit("${text}")`, () => {
    assert.equal(parseHistoryLimit(text), limit);
  });
}

Deno.test("parseHistoryLimit() refuses anything else", () => {
  for (
    const text of ["", "last", "last:", "last:0", "last:-1", "last:1.5", "5"]
  ) {
    assert.throws(() => parseHistoryLimit(text), RangeError);
  }
});
