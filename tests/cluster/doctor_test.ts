/** What `doctor` says of the NATS that a cluster would have. */

import assert from "node:assert/strict";
import { cli } from "../cli/process.ts";
import { freePorts, startNats } from "./nats_process.ts";

/** The line of the report on NATS, its mend behind it, and the exit code. */
async function diagnose(
  ...servers: readonly string[]
): Promise<{ code: number; line: string; mend: string }> {
  const { code, lines } = await cli([
    "doctor",
    "--backend=cpu",
    "--size=16",
    `--nats=${servers.join(",")}`,
  ], { permissions: ["--allow-all"] });
  const texts = lines.map(({ text }) => text);
  const index = texts.findIndex((text) => /^\w+ +nats /.test(text));
  return { code, line: texts[index] ?? "", mend: texts[index + 1] ?? "" };
}

Deno.test("doctor: three servers of NATS are fine, one alone is worth a word", async () => {
  await using three = await startNats(3);
  const fine = await diagnose(...three.urls);
  assert.equal(fine.code, 0);
  assert.match(fine.line, /^ok {4}nats +\d+\.\d+\.\d+ at .*, with JetStream$/);
  await using one = await startNats(1);
  const alone = await diagnose(...one.urls);
  assert.equal(alone.code, 0);
  assert.match(alone.line, /^note {2}nats .* alone/);
  assert.match(alone.mend, /three copies/);
});

Deno.test("doctor: NATS that is not there, or without JetStream, fails with its mend", async () => {
  const [port] = freePorts(1);
  const absent = await diagnose(`nats://127.0.0.1:${port}`);
  assert.equal(absent.code, 1);
  assert.match(
    absent.line,
    /^FAIL {2}nats .*127\.0\.0\.1:\d+: connection refused/,
  );
  assert.match(absent.mend, /--jetstream/);

  await using plain = await startNats(1, { jetstream: false });
  const without = await diagnose(...plain.urls);
  assert.equal(without.code, 1);
  assert.match(without.line, /^FAIL {2}nats .*jetstream/i);
});
