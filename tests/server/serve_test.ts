/** The whole program as a server: scene, renderer, model and routes together. */

import assert from "node:assert/strict";
import { agentEvent } from "../../src/events/event.ts";
import { contractViolations } from "../agent/fakes.ts";
import { startFakeVllm } from "../fake_vllm/fake_vllm.ts";
import { naiveRead } from "../sse.ts";
import { startRequest, until } from "./harness.ts";
import { postRaw, startServe } from "./serve_process.ts";

const API_KEY = "sk-canary-0123456789";
const views = ["--size=64", "--backend=cpu"];

Deno.test("a find is checked from nearer before it wins, as on the command line", async () => {
  await using fake = await startFakeVllm({
    script: { found: { step: 1 }, questions: { behave: "no" } },
  });
  await using server = await startServe([
    ...views,
    `--base-url=${fake.url}`,
    "--max-steps=4",
  ]);
  const answer = await fetch(
    `${server.url}/stream_agents`,
    startRequest("the red chair"),
  );
  const events = await Array.fromAsync(naiveRead(answer));
  for (const event of events) agentEvent.parse(event);
  assert.deepEqual(contractViolations(events, 1), []);
  assert.ok(
    (await fake.requests()).some(({ kind }) => kind === "question"),
    "the model was asked about nearer views",
  );
  const complete = events.at(-1)!;
  assert.ok(complete.type === "session_complete");
  assert.equal(complete.winner_agent_id, null, "what it refuted did not win");
});

Deno.test("each session has the budgets of the command line for itself", async () => {
  await using fake = await startFakeVllm({
    script: { otherwise: { latencyMs: 20 } },
  });
  await using server = await startServe([
    ...views,
    `--base-url=${fake.url}`,
    "--max-tokens-total=5000",
    "--max-steps=100",
  ]);
  for (let session = 0; session < 2; session++) {
    const answer = await fetch(
      `${server.url}/stream_agents`,
      startRequest("the red chair"),
    );
    const events = await Array.fromAsync(naiveRead(answer));
    assert.ok(events.filter(({ type }) => type === "agent_step").length > 2);
    const complete = events.at(-1)!;
    assert.match(
      complete.type === "session_complete" ? complete.description : "",
      /^No target found: the budget of 5000 tokens is used up/,
    );
  }
});

Deno.test("agents start within the scene, wherever the client wants them", async () => {
  await using server = await startServe([
    ...views,
    "--policy=baseline",
    "--max-steps=1",
  ]);
  const scene = await (await fetch(`${server.url}/scene`)).json();
  const { min, max } = scene.bounds;
  const wanted = { start_x: 1e30, start_y: -50, start_z: 0, start_yaw: -90 };
  const answer = await fetch(
    `${server.url}/stream_agents`,
    startRequest("the red chair", wanted),
  );
  const events = await Array.fromAsync(naiveRead(answer));
  const start = { x: max[0], y: min[1], z: 0, yaw: 270 };
  const [started, step] = events;
  assert.ok(started?.type === "agent_started");
  assert.deepEqual(started.start_pose, start);
  assert.ok(step?.type === "agent_step");
  assert.deepEqual(step.pose, start);
});

Deno.test("the client's leaving aborts the calls to the model within a second", async () => {
  await using fake = await startFakeVllm({ latencyMs: 30_000 });
  await using server = await startServe([
    ...views,
    `--base-url=${fake.url}`,
  ]);
  using client = await postRaw(server.port, {
    query: "the red chair",
    num_agents: 3,
  });
  assert.match(await client.readUntil("agent_started"), / 200 /);
  await until(async () => await fake.running() === 3, 30_000);
  client[Symbol.dispose]();
  await until(async () => await fake.running() === 0, 1_000);
  assert.equal((await fake.state()).aborted, 3);
});

Deno.test("what a run costs is in /metrics, and no secret is anywhere", async () => {
  await using fake = await startFakeVllm({
    apiKey: API_KEY,
    script: {
      agents: { 0: [{ status: 500, error: `no, ${API_KEY}` }] },
      found: { step: 2 },
    },
  });
  await using server = await startServe([
    ...views,
    `--base-url=${fake.url}`,
    "--token=token-canary-5",
  ], { VLLM_API_KEY: API_KEY });
  const headers = { Authorization: "Bearer token-canary-5" };
  const get = async (path: string): Promise<string> =>
    await (await fetch(server.url + path, { headers })).text();
  const { headers: json, ...request } = startRequest("the red chair");
  const answer = await fetch(`${server.url}/stream_agents?token=x`, {
    ...request,
    headers: { ...json, ...headers },
  });
  const text = await answer.text();
  assert.match(text, /"agent_found"/);
  const metrics = await get("/metrics");
  const sum = (name: string): number =>
    [...metrics.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, "gm"))]
      .reduce((total, [, value]) => total + Number(value), 0);
  assert.ok(sum("splatscout_tokens_total") > 500, metrics);
  assert.equal(sum("splatscout_steps_total"), 3);
  // Three decisions; the check is a question of its own.
  assert.ok(sum("splatscout_model_seconds_count") >= 4);
  assert.ok(sum("splatscout_render_seconds_count") >= 3);
  const ready = await get("/ready");
  assert.deepEqual(JSON.parse(ready), {
    status: "ready",
    checks: { scene: "ok", renderer: "ok", endpoint: "ok" },
  });
  await fake.say({
    otherwise: { status: 404, error: { error: { message: API_KEY } } },
  });
  const failing = await fetch(`${server.url}/stream_agents`, {
    ...request,
    headers: { ...json, ...headers },
  });
  assert.match(await failing.text(), /"type":"error","agent_id":0/);
  const errors = await get("/metrics");
  assert.match(errors, /^splatscout_errors_total{kind="model"} 1$/m);
  assert.match(errors, /^splatscout_errors_total{kind="agent"} 1$/m);
  const said = server.log() + text + metrics + ready + await get("/sessions") +
    await get("/scene");
  assert.doesNotMatch(said, /canary/);
  assert.doesNotMatch(server.log(), /[A-Za-z0-9+/]{200}/, "no picture");
});

/** As OTLP/JSON has it. */
interface OtlpSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

Deno.test("the runtime's OpenTelemetry exports a run by the GenAI conventions' names", async () => {
  const spans: OtlpSpan[] = [];
  await using collector = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const body = await request.json();
      for (const { scopeSpans } of body.resourceSpans ?? []) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      return Response.json({});
    },
  );
  await using fake = await startFakeVllm({ script: { found: { step: 1 } } });
  await using server = await startServe([
    ...views,
    `--base-url=${fake.url}`,
  ], {
    VLLM_API_KEY: API_KEY,
    OTEL_DENO: "true",
    OTEL_DENO_CONSOLE: "ignore",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
  });
  const answer = await fetch(
    `${server.url}/stream_agents`,
    startRequest("the red chair"),
  );
  const session = answer.headers.get("session-id");
  await answer.text();
  server.kill("SIGTERM");
  assert.equal((await server.status).code, 0);
  const named = (name: string): OtlpSpan[] =>
    spans.filter((span) => span.name === name);
  const attribute = ({ attributes }: OtlpSpan, key: string): unknown => {
    const [value] = attributes.filter((one) => one.key === key)
      .flatMap(({ value }) => Object.values(value));
    return value;
  };
  const names = JSON.stringify(spans.map(({ name }) => name));
  const [root] = named("invoke_workflow search");
  const [agent] = named("invoke_agent explorer");
  assert.ok(root && agent, names);
  assert.equal(attribute(root, "gen_ai.conversation.id"), session);
  assert.equal(attribute(agent, "gen_ai.conversation.id"), session);
  assert.equal(attribute(agent, "gen_ai.agent.id"), "0");
  assert.equal(agent.parentSpanId, root.spanId);
  const decisions = named("decide");
  assert.equal(decisions.length, 2);
  assert.equal(named("verify").length, 1);
  const chats = spans.filter(({ name }) => name.startsWith("chat "));
  assert.equal(chats.length, 3);
  const above = new Set(
    [...decisions, ...named("verify")].map(({ spanId }) => spanId),
  );
  for (const chat of chats) {
    assert.equal(attribute(chat, "gen_ai.operation.name"), "chat");
    assert.ok(Number(attribute(chat, "gen_ai.usage.input_tokens")) > 100);
    assert.ok(Number(attribute(chat, "gen_ai.usage.output_tokens")) > 0);
    assert.equal(chat.name, `chat ${attribute(chat, "gen_ai.request.model")}`);
    assert.ok(above.delete(chat.parentSpanId!), "each below its own decision");
  }
  assert.ok(
    named("render").every(({ parentSpanId }) => parentSpanId === root.spanId),
  );
  assert.equal(new Set([root, agent, ...chats].map((s) => s.traceId)).size, 1);
  assert.doesNotMatch(JSON.stringify(spans), /canary|[A-Za-z0-9+/]{200}/);
});

Deno.test("what cannot be served is told in one line, with exit code 2", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const cases: [string[], RegExp][] = [
    [["--scene=/no/such.ply"], /\/no\/such\.ply/],
    [[`--port=${taken.addr.port}`], new RegExp(`:${taken.addr.port}`)],
    [["--base-url=gopher://x"], /--base-url/],
    [["--host=0.0.0.0"], /--token or SPLATSCOUT_TOKEN, or --insecure/],
    [["--data=/dev/null/x"], /\/dev\/null\/x/],
    [["--policy=vlm"], /VLLM_BASE_URL/],
    [["--cors-origin=x"], /--cors-origin/],
    [["scene.ply"], /--scene FILE/],
  ];
  for (const [flags, told] of cases) {
    const failure = await startServe(flags).then(
      () => assert.fail(`${flags} was served`),
      (error: Error) => error.message,
    );
    assert.match(failure, told);
    assert.match(failure, /^The server did not start \(2\): splatscout: .*\n$/);
  }
});

const canBeInit = (await new Deno.Command("unshare", {
  args: ["-Urpf", "--mount-proc", "true"],
}).output().catch(() => ({ success: false }))).success;

Deno.test({
  name: "as PID 1 it stops on SIGTERM, too",
  ignore: !canBeInit,
  fn: async () => {
    await using server = await startServe([...views, "--grace=1s"], {}, {
      asInit: true,
    });
    const reading = fetch(
      `${server.url}/stream_agents`,
      startRequest("a purple elephant", { max_steps: 100 }),
    ).then((answer) => answer.text());
    await until(() => server.log().includes("renderer"), 30_000);
    server.kill("SIGTERM");
    const text = await reading;
    assert.match(text, /"session_complete"/);
    assert.match(text, /\nretry: \d+\n\n$/);
    assert.equal((await server.status).code, 0);
  },
});
