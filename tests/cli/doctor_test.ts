import assert from "node:assert/strict";
import { cli } from "./process.ts";

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly found: string;
  readonly mend?: string;
}

Deno.test("doctor: without a permission it says what is there, and exits 0", async () => {
  const { code, lines, stderr } = await cli(["doctor", "--backend", "cpu"]);
  const text = lines.map(({ text }) => text).join("\n");
  assert.equal(code, 0, stderr);
  assert.match(text, /^note {2}permissions not granted: read/m);
  assert.match(text, /--allow-read --allow-write --allow-net --allow-env/);
  assert.match(text, /^ok {4}scene +demo: \d+ splats/m);
  assert.match(text, /^ok {4}renderer +cpu on .* ms for 512x512$/m);
});

Deno.test("doctor: a scene and an endpoint that are not there fail, each by name", async () => {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => Response.json({ error: "Unauthorized" }, { status: 401 }),
  );
  const { code, lines } = await cli([
    "doctor",
    "--json",
    ...["--scene", "/nowhere/hall.ply"],
    ...["--base-url", `http://127.0.0.1:${server.addr.port}`],
  ], {
    permissions: ["--allow-all"],
    env: { VLLM_API_KEY: "secret-canary" },
  });
  await server.shutdown();
  const findings: Finding[] = JSON.parse(lines[0]!.text);
  const failed = findings.filter(({ state }) => state === "fail");
  assert.equal(code, 1);
  assert.deepEqual(failed.map(({ check }) => check), ["scene", "model"]);
  assert.match(failed[0]!.found, /\/nowhere\/hall\.ply/);
  assert.match(failed[1]!.found, /401|key/i);
  assert.doesNotMatch(lines[0]!.text, /secret-canary/);
});

Deno.test("doctor: an endpoint that answers is named with its model", async () => {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () =>
      Response.json({
        data: [{ id: "some/model", max_model_len: 32_768 }],
      }),
  );
  const { code, lines, stderr } = await cli([
    "doctor",
    ...["--base-url", `http://127.0.0.1:${server.addr.port}/v1`],
    ...["--backend", "cpu"],
  ], { permissions: ["--allow-all"] });
  await server.shutdown();
  assert.equal(code, 0, stderr);
  assert.ok(
    lines.some(({ text }) =>
      text.startsWith("ok    model") && text.includes("some/model") &&
      text.includes("32768 tokens")
    ),
  );
});
