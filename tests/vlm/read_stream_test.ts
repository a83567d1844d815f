import assert from "node:assert/strict";
import fc from "fast-check";
import {
  MAX_BLANKS,
  readStream,
  type StreamChunk,
} from "../../src/vlm/read_stream.ts";

async function* chunksOf(...texts: string[]): AsyncGenerator<StreamChunk> {
  for (const content of texts) {
    yield await Promise.resolve({ choices: [{ delta: { content } }] });
  }
  yield { choices: [{ delta: {}, finish_reason: "stop" }] };
}

Deno.test("readStream() joins pieces however they are cut", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.string()), async (texts) => {
    fc.pre(texts.join("").trim().length === texts.join("").length);
    const reply = await readStream(chunksOf(...texts), () => {});
    assert.equal(reply.text, texts.join(""));
    assert.equal(reply.finish, "stop");
  }));
});

Deno.test("readStream() cuts a whitespace loop at its limit, and not before", async () => {
  const reading = (blanks: number): Promise<{ finish: string | undefined }> =>
    readStream(chunksOf("{", ..." ".repeat(blanks), "}"), () => {});
  assert.equal((await reading(MAX_BLANKS - 1)).finish, "stop");
  assert.equal((await reading(MAX_BLANKS)).finish, "blanks");
});

Deno.test("readStream() cuts what never ends", async () => {
  async function* endless(): AsyncGenerator<StreamChunk> {
    for (;;) {
      yield await Promise.resolve({
        choices: [{ delta: { content: "word ".repeat(1000) } }],
      });
    }
  }
  const { finish, text } = await readStream(endless(), () => {});
  assert.equal(finish, "endless");
  assert.ok(text.length < 300_000);
});

Deno.test("readStream() takes odd chunks as they come", async () => {
  async function* odd(): AsyncGenerator<StreamChunk> {
    yield await Promise.resolve({});
    yield { choices: [] };
    yield { choices: [{ delta: null }] };
    yield null as unknown as StreamChunk;
    yield { choices: [{ delta: { reasoning: "", reasoning_content: "h" } }] };
    yield { choices: [{ delta: { reasoning: "m", reasoning_content: "m" } }] };
    yield { choices: [{ delta: { content: [{ text: "a" }, {}] } }] };
    yield { choices: [{ delta: { content: 5 as unknown as string } }] };
    yield {
      choices: [{
        delta: { content: null, reasoning: "m" },
        finish_reason: "stop",
      }],
    };
    yield { choices: [], usage: { prompt_tokens: 3 } };
  }
  assert.deepEqual(await readStream(odd(), () => {}), {
    text: "a",
    reasoning: "hmm",
    finish: "stop",
    usage: { prompt_tokens: 3 },
  });
});
