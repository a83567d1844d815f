import assert from "node:assert/strict";
import { ignoreTerminal, onTerminal } from "../cli/process.ts";
import { startFakeVllm } from "../fake_vllm/fake_vllm.ts";

/** What ask_once.ts prints on a terminal: prompts appear only there. */
async function askOnTerminal(url: string, ...flags: string[]): Promise<string> {
  const program = new URL("./ask_once.ts", import.meta.url).pathname;
  return (await onTerminal(["run", ...flags, program, url])).text;
}

Deno.test({
  name:
    "a request needs net permission alone, and never prompts for the environment",
  ignore: ignoreTerminal,
  async fn(): Promise<void> {
    await using fake = await startFakeVllm();
    const { host } = new URL(fake.url);
    assert.equal(
      (await askOnTerminal(fake.url, `--allow-net=${host}`)).trim(),
      "answer: yes",
    );
  },
});

Deno.test({
  name: "without net permission the error names the flag, and nothing prompts",
  ignore: ignoreTerminal,
  async fn(): Promise<void> {
    assert.match(
      await askOnTerminal("http://127.0.0.1:8000"),
      /^EndpointError: Cannot reach http:\/\/127\.0\.0\.1:8000\/v1 without permission: run again with --allow-net=127\.0\.0\.1:8000\s*$/,
    );
  },
});

Deno.test("the openai package is no part of the program until a model is asked", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "info",
      "--json",
      new URL("../../src/vlm/client.ts", import.meta.url).href,
    ],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: {
      specifier: string;
      dependencies?: {
        specifier: string;
        code?: unknown;
        isDynamic?: boolean;
      }[];
    }[];
  };
  const uses = modules.flatMap(({ dependencies = [] }) => dependencies)
    .filter(({ specifier, code }) => specifier === "openai" && code);
  assert.ok(uses.length > 0);
  assert.ok(uses.every(({ isDynamic }) => isDynamic));
});
