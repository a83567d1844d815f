/** A GPU that is lost in mid-run, seen through the whole program. */

import assert from "node:assert/strict";
import type { AgentEvent } from "../../src/events/event.ts";
import { ignoreGpu } from "../gpu/test_device.ts";
import { naiveRead } from "../sse.ts";
import { startRequest } from "./harness.ts";
import { startServe } from "./serve_process.ts";

/** What a search tells, and what the server says of it. */
async function search(
  preload?: URL,
): Promise<{ events: AgentEvent[]; lost: string | undefined; log: string }> {
  await using server = await startServe(
    ["--size=64", "--backend=webgpu", "--policy=baseline", "--max-steps=7"],
    {},
    preload === undefined ? {} : { preload },
  );
  const answer = await fetch(
    `${server.url}/stream_agents`,
    startRequest("the purple elephant"),
  );
  const events = await Array.fromAsync(naiveRead(answer));
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const [, lost] = /^splatscout_errors_total\{kind="device"\} (\d+)$/m
    .exec(metrics) ?? [];
  const { checks } = await (await fetch(`${server.url}/ready`)).json();
  assert.equal(checks.renderer, "ok");
  return { events, lost, log: server.log() };
}

Deno.test({
  name: "readers do not notice that the GPU's device was lost, operators do",
  ignore: ignoreGpu,
  async fn(): Promise<void> {
    const sound = await search();
    assert.equal(sound.events.length, 10);
    assert.equal(sound.lost, undefined);
    const weak = await search(new URL("./weak_gpu.ts", import.meta.url));
    assert.deepEqual(weak.events, sound.events);
    assert.equal(weak.lost, "2");
    assert.equal(weak.log.match(/"warning".*device was lost/g)?.length, 2);
  },
});
