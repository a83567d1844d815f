import assert from "node:assert/strict";
import { fakeLook } from "../agent/fakes.ts";
import { parseCommandLine } from "../../src/config/mod.ts";
import type { Renderer, View } from "../../src/render/renderer.ts";
import { makeDemoScene } from "../../src/scene/demo_scene.ts";
import { Metrics } from "../../src/server/metrics.ts";
import { makeService } from "../../src/server/service.ts";
import type { World } from "../../src/world.ts";

Deno.test("a renderer that fails makes the service unready until it renders again", async () => {
  const { view } = fakeLook({ x: 0, y: 0, z: 0, yaw: 0 });
  let fault: Error | undefined;
  const render = (): Promise<View> =>
    fault === undefined ? Promise.resolve(view) : Promise.reject(fault);
  const renderer = {
    backend: "webgpu",
    description: "shaky",
    render,
    renderMany: async () => [await render()],
  } as unknown as Renderer;
  const { frame } = makeDemoScene(1);
  const world = {
    frame,
    width: 2,
    height: 2,
    summary: () => ({}),
    renderer: () => Promise.resolve(renderer),
    freeSpace: () => Promise.resolve(undefined),
  } as unknown as World;
  const { config } = parseCommandLine(["--policy=baseline"], () => undefined);
  const metrics = new Metrics();
  const log: string[] = [];
  const service = makeService(world, {
    config,
    metrics,
    log: (level, message) => log.push(`${level} ${message}`),
  });
  const { signal } = new AbortController();
  const look = (): Promise<Uint8Array> => service.look(frame.start, signal);
  const state = async (): Promise<string> => (await service.checks()).renderer!;

  await look();
  assert.equal(await state(), "ok");
  fault = new RangeError("no such camera");
  await assert.rejects(look(), /no such camera/);
  assert.equal(await state(), "ok", "the camera's fault");
  fault = new Error("no device is left");
  await assert.rejects(look(), /no device is left/);
  assert.equal(await state(), "no device is left");
  assert.ok(log.includes("error no device is left"));
  assert.match(metrics.expose(), /errors_total\{kind="renderer"\} 1$/m);
  fault = undefined;
  await look();
  assert.equal(await state(), "ok");
});
