/**
 * Checks the model side against a real vLLM on the processor (`deno task
 * test:vllm`; no part of CI): protocol alone, as the tiny model's weights are
 * random and what it says means nothing.
 *
 * @module
 */

import assert from "node:assert/strict";
import { encodePng } from "../../src/image/png.ts";
import type { Observation, Policy } from "../../src/policy/policy.ts";
import { makeVlmPolicy } from "../../src/policy/vlm_policy.ts";
import { DECISION_SCHEMA } from "../../src/policy/decision.ts";
import { VlmClient } from "../../src/vlm/client.ts";
import { ContextOverflowError } from "../../src/vlm/errors.ts";
import {
  API_KEY,
  MAX_MODEL_LENGTH,
  MODEL,
  type RealVllm,
  setUp,
  startVllm,
} from "./set_up.ts";

const REPOSITORY = new URL("../../", import.meta.url);
const live = (): AbortSignal => new AbortController().signal;

/** Lines for the person who runs this. */
function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Runs `splatscout find` against `vllm`. */
async function find(
  vllm: RealVllm,
  options: { flags: string[]; interruptOnce?: () => Promise<unknown> },
): Promise<
  { code: number; events: Record<string, unknown>[]; stderr: string }
> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "cli.ts",
      "find",
      "the red chair",
      `--base-url=${vllm.url}`,
      ...options.flags,
    ],
    cwd: REPOSITORY,
    env: { VLLM_API_KEY: API_KEY },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  options.interruptOnce?.().then(() => child.kill("SIGINT"));
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  const events = decoder.decode(stdout).trim().split("\n")
    .map((line) => JSON.parse(line));
  return { code, events, stderr: decoder.decode(stderr) };
}

/** A picture that no other step shows, at `step`. */
function observationAt(step: number, size: number): Observation {
  const data = new Uint8Array(size * size * 4);
  for (let i = 0; i < data.length; i++) data[i] = (i * (step + 3)) >> 6;
  const image = { width: size, height: size, data };
  return {
    image,
    png: () => encodePng(image),
    depth: new Float32Array(size * size),
    fov: 75,
    pose: { x: step / 10, y: 0, z: 0, yaw: (40 * step) % 360 },
    bounds: { min: [-5, -5, -1], max: [5, 5, 1] },
    step,
    totalSteps: 100,
  };
}

function connect(
  vllm: RealVllm,
  onNotice = (_: string): void => {},
): VlmClient {
  return VlmClient.connect({ baseUrl: vllm.url, apiKey: API_KEY, onNotice });
}

function agent(client: VlmClient, agentId = 0): Policy {
  return makeVlmPolicy(client)({
    query: "the red chair",
    agentId,
    numAgents: 2,
    seed: 1,
  });
}

async function repliesParse(vllm: RealVllm): Promise<string> {
  const notices: string[] = [];
  await using client = connect(vllm, (line) => notices.push(line));
  const policies = [0, 1].map((agentId) => agent(client, agentId));
  const steps = 8;
  for (let step = 0; step < steps; step++) {
    const decisions = await Promise.all(
      policies.map((policy) => policy.decide(observationAt(step, 224), live())),
    );
    for (const { action } of decisions) assert.notEqual(action, "unreadable");
  }
  assert.deepEqual(notices, [], "nothing was refused or retried");
  assert.equal(client.usage().answers, 2 * steps, "nothing was asked twice");
  const { answer } = await client.askYesNo(
    [{ png: await observationAt(0, 224).png(), width: 224, height: 224 }],
    "Is this a red chair?",
    { agent: 0, seed: 1, signal: live() },
  );
  assert.notEqual(answer, "unreadable");
  return `${
    2 * steps
  } decisions and a verdict, all by the schema at the first try`;
}

async function runsAndCaches(vllm: RealVllm): Promise<string> {
  const told: string[] = [];
  let steps = 0;
  const hitsAtFirst = await vllm.metric("vllm:prefix_cache_hits_total");
  const folder = await Deno.makeTempDir();
  for (let seed = 1; steps < 12 && seed <= 12; seed++) {
    const { code, events, stderr } = await find(vllm, {
      flags: [
        "--agents=2",
        "--max-steps=8",
        "--size=224",
        "--verify=off",
        `--seed=${seed}`,
        `--record=${folder}/${seed}.ndjson`,
      ],
    });
    assert.ok(code === 0 || code === 1, stderr);
    assert.equal(events.at(-1)!.type, "session_complete");
    const looks = events.filter(({ type }) => type === "agent_step");
    assert.ok(looks.length > 0);
    for (const { reasoning } of looks) {
      assert.notEqual(reasoning, "(parse failed - rotating)");
    }
    assert.equal(events.filter(({ type }) => type === "error").length, 0);
    steps += looks.length;
    told.push(stderr.split("\n").find((line) => line.startsWith(MODEL)) ?? "");
  }
  // Within a run each answer but an agent's first finds the ones before cached.
  const shares: number[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const seen = new Set<number>();
    const lines = (await Deno.readTextFile(`${folder}/${name}`)).trim().split(
      "\n",
    );
    for (const line of lines.slice(1)) {
      const { agent, reply } = JSON.parse(line);
      if (reply === undefined) continue;
      if (seen.has(agent)) shares.push(reply.usage.cached / reply.usage.prompt);
      seen.add(agent);
    }
  }
  await Deno.remove(folder, { recursive: true });
  assert.ok(
    shares.length > 0 && shares.every((share) => share > 0.5),
    `${shares}`,
  );
  const hits = await vllm.metric("vllm:prefix_cache_hits_total") - hitsAtFirst;
  assert.ok(hits > 0);
  const mean = shares.reduce((sum, share) => sum + share) / shares.length;
  return `${steps} steps by splatscout find with two agents, none unreadable; ` +
    `after an agent's first step ${
      (100 * mean).toFixed(0)
    }% of the prompt was cached ` +
    `(least ${
      (100 * Math.min(...shares)).toFixed(0)
    }%), ${hits} tokens by the server's count; e.g. ${told[0]}`;
}

async function abortsReachTheServer(vllm: RealVllm): Promise<string> {
  const running = (): Promise<number> =>
    vllm.metric("vllm:num_requests_running");
  const until = async (holds: (count: number) => boolean): Promise<number> => {
    const start = performance.now();
    while (!holds(await running())) {
      assert.ok(performance.now() - start < 60_000, "never came true");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return performance.now() - start;
  };
  await using client = connect(vllm);
  const stop = new AbortController();
  const asked = makeVlmPolicy(client, { maxCompletionTokens: 512 })({
    query: "the red chair",
    agentId: 0,
    numAgents: 1,
    seed: 1,
  }).decide(observationAt(0, 224), stop.signal);
  asked.catch(() => {});
  await until((count) => count > 0);
  stop.abort();
  await assert.rejects(asked, { name: "AbortError" });
  const byClient = await until((count) => count === 0);

  const { code, events } = await find(vllm, {
    flags: ["--agents=2", "--max-steps=100", "--size=224"],
    interruptOnce: () => until((count) => count > 0),
  });
  assert.equal(code, 130);
  assert.equal(events.at(-1)!.type, "session_complete");
  const byCtrlC = await until((count) => count === 0);
  return `running requests were 0 again ${
    byClient.toFixed(0)
  } ms after an abort, ` +
    `${byCtrlC.toFixed(0)} ms after a run that Ctrl-C had ended`;
}

async function overflowIsHandled(vllm: RealVllm): Promise<string> {
  await using client = connect(vllm);
  client.estimate = () => 0; // so that only the server's refusal tells
  const policy = agent(client);
  const prompts: number[] = [];
  let before = 0;
  const steps = 30;
  for (let step = 0; step < steps; step++) {
    const { action } = await policy.decide(observationAt(step, 512), live());
    assert.notEqual(action, "unreadable");
    const { promptTokens } = client.usage();
    prompts.push(promptTokens - before);
    before = promptTokens;
  }
  const drop = prompts.findIndex((tokens, step) =>
    tokens < (prompts[step - 1] ?? 0)
  );
  assert.ok(drop > 0, `the window was never filled: ${prompts}`);
  assert.ok(Math.max(...prompts) < MAX_MODEL_LENGTH);
  const refusal = await client.ask(
    {
      agent: 0,
      messages: [{ role: "system", text: "x".repeat(2 * MAX_MODEL_LENGTH) }],
      schema: DECISION_SCHEMA,
      temperature: 0,
      seed: 1,
      maxCompletionTokens: 16,
    },
    () => true,
    { signal: live(), deadline: client.deadline() },
  ).then(() => assert.fail("was not refused"), (error) => error);
  assert.ok(refusal instanceof ContextOverflowError, `${refusal}`);
  return `step ${drop} was refused and asked again: from ${
    prompts[drop - 1]
  } to ${prompts[drop]} prompt tokens, then on to step ${
    steps - 1
  }; in its words: ${refusal.message}`;
}

async function main(): Promise<void> {
  const folder = await setUp(say);
  await using vllm = await startVllm(folder, say);
  const checks = {
    "replies parse": repliesParse,
    "runs, and the prefix cache": runsAndCaches,
    "aborts": abortsReachTheServer,
    "overflow": overflowIsHandled,
  };
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    const start = performance.now();
    try {
      const told = await check(vllm);
      say(
        `ok     ${name} (${
          ((performance.now() - start) / 1000).toFixed(1)
        } s): ${told}`,
      );
    } catch (error) {
      failed++;
      say(`FAILED ${name}: ${(error as Error).stack}`);
    }
  }
  say(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
  Deno.exitCode = failed === 0 ? 0 : 1;
}

if (import.meta.main) await main();
