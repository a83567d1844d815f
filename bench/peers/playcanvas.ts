/**
 * PlayCanvas, WebGL2, in headless Chromium; set to the image formation of
 * Kerbl et al. as far as it goes (no minimal size, no minimal contribution,
 * colours of the very view). Its world is the .ply's, so that the camera is
 * turned to y down.
 *
 * It sorts in a worker: a frame asks for the order, a later one draws it. The
 * first of the two is cut to one pixel here, as a careful user would do.
 *
 * @module
 */

import { chromium } from "playwright-core";
import { findChromium } from "../../tests/chromium.ts";
import { cross, normalize, subtract } from "../../src/geometry/vector.ts";
import {
  answer,
  load,
  peakMemory,
  processorTime,
  sinceStart,
  task,
} from "./protocol.ts";

const VERSION = "2.23.3";
const { ply, views, width, height, fov, warmup, picture } = task();

/** The package's browser build, out of Deno's cache. */
async function engineSource(): Promise<string> {
  await load(`npm:playcanvas@${VERSION}`);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  for (const { name } of Deno.readDirSync(npmCache)) {
    const path =
      `${npmCache}/${name}/playcanvas/${VERSION}/build/playcanvas.min.mjs`;
    try {
      return await Deno.readTextFile(path);
    } catch {
      continue;
    }
  }
  throw new Error("Cannot find PlayCanvas in Deno's cache");
}

/** Runs in the page. */
const PAGE = `<!doctype html><canvas id="c" width="${width}" height="${height}"
  style="width:${width}px;height:${height}px"></canvas><script type="module">
let asked = 0, answered = 0;
const BrowserWorker = Worker;
window.Worker = class extends BrowserWorker {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", ({ data }) => { if (data?.order) answered++; });
  }
  postMessage(...args) { if (args[0]?.command === "sort") asked++; super.postMessage(...args); }
};
const pc = await import("/engine.mjs");
const canvas = document.getElementById("c");
const app = new pc.Application(canvas, {
  graphicsDeviceOptions: { antialias: false, preserveDrawingBuffer: true, deviceTypes: ["webgl2"] },
});
app.setCanvasFillMode(pc.FILLMODE_NONE, ${width}, ${height});
app.setCanvasResolution(pc.RESOLUTION_FIXED, ${width}, ${height});
app.graphicsDevice.maxPixelRatio = 1;
app.autoRender = false;
Object.assign(app.scene.gsplat, { minPixelSize: 0, minContribution: 0, colorUpdateAngle: 0 });
const asset = new pc.Asset("scene", "gsplat", { url: "/scene.ply" });
app.assets.add(asset);
await new Promise((resolve, reject) => {
  asset.once("load", resolve);
  asset.once("error", reject);
  app.assets.load(asset);
});
const splat = new pc.Entity("splat");
splat.addComponent("gsplat", { asset });
app.root.addChild(splat);
const camera = new pc.Entity("camera");
camera.addComponent("camera", {
  clearColor: new pc.Color(0, 0, 0, 1), fov: ${fov}, nearClip: 0.05, farClip: 100,
  toneMapping: pc.TONEMAP_NONE,
});
app.root.addChild(camera);
app.start();
const frame = () => new Promise((resolve) => {
  app.renderNextFrame = true;
  app.once("frameend", resolve);
});
const sorted = async () => { while (answered < asked) await new Promise((r) => setTimeout(r, 0)); };
window.look = async ({ right, up, back, position }) => {
  const begin = performance.now();
  const m = new pc.Mat4();
  m.set([...right, 0, ...up, 0, ...back, 0, ...position, 1]);
  camera.setLocalPosition(m.getTranslation());
  camera.setLocalRotation(new pc.Quat().setFromMat4(m));
  camera.camera.scissorRect = new pc.Vec4(0, 0, 1 / ${width}, 1 / ${height});
  await frame();
  await sorted();
  camera.camera.scissorRect = new pc.Vec4(0, 0, 1, 1);
  await frame();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { ms: performance.now() - begin, png: bytes.toBase64?.() ??
    btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join("")) };
};
window.pixels = () => {
  const two = document.createElement("canvas");
  Object.assign(two, { width: ${width}, height: ${height} });
  const context = two.getContext("2d");
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, ${width}, ${height});
  let text = "";
  for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
  return btoa(text);
};
// Until the scene is resident and drawn for the first time.
for (let k = 0; k < 3; k++) { await frame(); await sorted(); }
window.ready = true;
</script>`;

const source = await engineSource();
const server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/engine.mjs") {
    return new Response(source, {
      headers: { "content-type": "text/javascript" },
    });
  }
  return pathname === "/scene.ply"
    ? new Response((await Deno.open(ply)).readable)
    : new Response(PAGE, { headers: { "content-type": "text/html" } });
});
const browser = await chromium.launch({
  executablePath: findChromium()!,
  args: [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
  ],
});
const page = await browser.newPage({ viewport: { width, height } });
const faults: string[] = [];
page.on("pageerror", (error) => faults.push(error.message));
await page.goto(`http://127.0.0.1:${server.addr.port}/`);
await page.waitForFunction("window.ready || false", undefined, {
  timeout: 120_000,
}).catch((error) => {
  throw new Error(`PlayCanvas does not start: ${faults.join("; ")}`, {
    cause: error,
  });
});

const ms: number[] = [];
let cold = 0;
let cpuBefore = 0;
for (
  const [i, { position, target }] of [
    ...views.slice(0, warmup),
    ...views,
  ].entries()
) {
  if (i === warmup) cpuBefore = processorTime();
  const forward = normalize(subtract(target, position));
  const right = normalize(cross([0, 1, 0], forward)); // y down
  const down = cross(forward, right);
  const look = await page.evaluate(
    "look(" + JSON.stringify({
      right,
      up: down.map((value) => -value),
      back: forward.map((value) => -value),
      position,
    }) + ")",
  ) as { ms: number };
  cold ||= sinceStart();
  if (i >= warmup) ms.push(look.ms);
}
const cpu = (processorTime() - cpuBefore) / views.length;
const memory = peakMemory();

// The last view, without what timing would cost.
const text = await page.evaluate("pixels()") as string;
await Deno.writeFile(picture, Uint8Array.fromBase64(text));
const device = await page.evaluate(
  "document.createElement('canvas').getContext('webgl2').getParameter(7937)",
) as string;
await browser.close();
await server.shutdown();
answer({
  name: `PlayCanvas ${VERSION}`,
  device: `WebGL2 in Chromium ${browser.version()}: ${device}`,
  ms,
  cpu,
  cold,
  memory,
});
