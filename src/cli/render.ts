/**
 * `splatscout render`: views to PNG files, one for a pose or one for each
 * camera of a file. While a view is encoded and written, the next is rendered.
 *
 * @module
 */

import { extname, join } from "node:path";
import { type Config, UsageError } from "../config/mod.ts";
import type { TiltedPose } from "../geometry/pose.ts";
import { encodePng, encodePng16 } from "../image/png.ts";
import { type Camera, cameraAtPose } from "../render/camera.ts";
import { type FileCamera, readTransforms } from "../render/camera_file.ts";
import type { Renderer, View } from "../render/renderer.ts";
import type { SceneFrame } from "../scene/scene_frame.ts";
import { openScene } from "../open_scene.ts";
import { mapOverlapped } from "./overlap.ts";
import { requireRead, requireScene, requireWrite } from "./permissions.ts";
import { progressLine } from "./progress_line.ts";
import { isClosedPipe, tell, writeOut } from "./terminal.ts";
import { fileNames } from "./view_names.ts";
import { writeWhole } from "./write_whole.ts";

/** What is to be rendered; exactly one of pose and cameras. */
export interface RenderCommandOptions {
  /** World metres and degrees. */
  readonly pose?: TiltedPose;
  /** Path of a nerfstudio transforms.json, in the scene file's axes. */
  readonly cameras?: string;
  /** The .png of a pose, or the folder for cameras. */
  readonly out?: string;
  /** Pixels. @default {512 x 512, or what the cameras say} */
  readonly size?: { readonly width: number; readonly height: number };
  /** Also writes the median depth as `<name>.depth.png`. @default {false} */
  readonly depth?: boolean;
  /** Vertical field of view, degrees. @default {the scene's} */
  readonly fov?: number;
}

/** What the command needs of the world around it. */
export interface RenderCommandIo {
  /** Opens the scene; called once the arguments are known to be right. The caller disposes of it. */
  readonly openScene: () => Promise<
    { frame: SceneFrame; renderer: Renderer }
  >;
  /** Writes to stdout. */
  readonly writeOut: (text: string) => Promise<void>;
  /** One line for people. */
  readonly say: (line: string) => void;
  /** Stops: views that are not complete leave no file. */
  readonly signal: AbortSignal;
}

/** One line of stdout: a file that is complete. */
export interface ViewRendered {
  readonly type: "view_rendered";
  /** Place in the file of cameras, from 0; 0 for a pose. */
  readonly index: number;
  /** Of the colour picture; as `--out` is, absolute or relative to the working directory. */
  readonly path: string;
  /** From taking up the view to its PNG bytes. */
  readonly ms: number;
}

const DEFAULT_SIZE = { width: 512, height: 512 };
/** Views that a GPU takes in one submission; and pixels in all of them at most, for memory. */
const GPU_BATCH = { views: 8, pixels: 2 ** 23 };

/** A view to make. */
interface Job {
  readonly index: number;
  readonly camera: Camera;
  /** Path without `.png`. */
  readonly stem: string;
}

/**
 * `splatscout render` as the command line means it.
 *
 * @throws {UsageError} If arguments are wrong or a permission is missing.
 * @throws What opening the scene throws.
 */
export async function render(
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  const { pose: numbers, cameras, out, size, depth, fov } = config;
  const [x, y, z, yaw, pitch = 0] = numbers ?? [];
  await using stack = new AsyncDisposableStack();
  return await renderCommand({
    ...(x === undefined ? {} : { pose: { x, y: y!, z: z!, yaw: yaw!, pitch } }),
    ...(cameras === undefined ? {} : { cameras }),
    ...(out === undefined ? {} : { out }),
    ...(size === undefined ? {} : { size }),
    ...(fov === undefined ? {} : { fov }),
    depth,
  }, {
    openScene: async () => {
      requireScene(config.scene);
      using progress = progressLine(`reading ${config.scene ?? "demo"}`);
      const { onProgress, onNotice } = progress;
      const scene = stack.use(
        await openScene(config, {
          onProgress,
          onNotice,
          signal,
          rendersAtOnce: true,
        }),
      );
      return { frame: scene.frame, renderer: await scene.renderer() };
    },
    writeOut,
    say: tell,
    signal,
  });
}

/**
 * Renders, writes and prints.
 *
 * @returns the exit code, 0
 * @throws {UsageError} If the options contradict each other, a permission is missing or `out` cannot be written.
 * @throws {SyntaxError} If the file of cameras is not one.
 * @throws The signal's reason if stopped.
 */
export async function renderCommand(
  options: RenderCommandOptions,
  io: RenderCommandIo,
): Promise<number> {
  const { pose, cameras, out, depth = false } = options;
  if ((pose === undefined) === (cameras === undefined)) {
    throw new UsageError(
      "Cannot render as exactly one of --pose and --cameras must be given",
    );
  }
  if (out === undefined) {
    throw new UsageError("Cannot render as --out PATH must be given");
  }
  if (cameras === undefined && extname(out).toLowerCase() !== ".png") {
    throw new UsageError(
      `Cannot render a pose as --out must be the path of a .png: current value is ${out}`,
    );
  }
  requireWrite(out);
  const views = cameras === undefined
    ? undefined
    : await readCameras(cameras, options, io);
  const { frame, renderer } = await io.openScene();
  let jobs: Job[];
  if (views === undefined) {
    const { fov } = options;
    const { width, height } = options.size ?? DEFAULT_SIZE;
    const camera = cameraAtPose(frame, pose!, {
      width,
      height,
      ...(fov === undefined ? {} : { fov }),
    });
    jobs = [{ index: 0, camera, stem: out.slice(0, -".png".length) }];
  } else {
    await makeFolder(out);
    const names = fileNames(views);
    const { near, metresPerUnit } = frame;
    jobs = views.map(({ camera }, index) => ({
      index,
      camera: { ...camera, near, metresPerUnit },
      stem: join(out, names[index]!),
    }));
  }
  await renderJobs(jobs, { ...io, renderer, depth });
  return 0;
}

async function renderJobs(
  jobs: readonly Job[],
  { renderer, depth, signal, writeOut }: RenderCommandIo & {
    renderer: Renderer;
    depth: boolean;
  },
): Promise<void> {
  const closed = new AbortController();
  // When the renderer last became free.
  let free = 0;
  const stop = AbortSignal.any([signal, closed.signal]);
  try {
    await mapOverlapped(batches(jobs, renderer), {
      // The next batch waits at the renderer, so that it never stands still.
      slots: 2,
      signal: stop,
      async first(batch): Promise<{ view: View; begun: number }[]> {
        const begun = performance.now();
        const cameras = batch.map(({ camera }) => camera);
        const views = await renderer.renderMany(cameras, { signal: stop });
        const takenUp = Math.max(begun, free);
        free = performance.now();
        return views.map((view) => ({ view, begun: takenUp }));
      },
      async second(rendered, batch): Promise<void> {
        for (const [i, { view, begun }] of rendered.entries()) {
          stop.throwIfAborted();
          const { index, stem } = batch[i]!;
          const path = `${stem}.png`;
          const png = await encodePng(view);
          const ms = performance.now() - begun;
          if (depth) {
            await writeWhole(`${stem}.depth.png`, await encodeDepth(view));
          }
          await writeWhole(path, png);
          await writeOut(lineOf({ type: "view_rendered", index, path, ms }));
        }
      },
    });
  } catch (fault) {
    // The reader has left: what it did not wait for need not be rendered.
    if (!isClosedPipe(fault)) throw fault;
    closed.abort(fault);
  }
}

function lineOf(event: ViewRendered): string {
  return JSON.stringify({ ...event, ms: Math.round(event.ms * 10) / 10 }) +
    "\n";
}

/** Jobs that are submitted together: neighbours, as many as help and fit. */
function batches(jobs: readonly Job[], { backend }: Renderer): Job[][] {
  const found: Job[][] = [];
  let pixels = Infinity;
  for (const job of jobs) {
    const more = job.camera.width * job.camera.height;
    const last = found.at(-1);
    const joins = backend === "webgpu" && last !== undefined &&
      last.length < GPU_BATCH.views && pixels + more <= GPU_BATCH.pixels;
    if (joins) {
      last.push(job);
      pixels += more;
    } else {
      found.push([job]);
      pixels = more;
    }
  }
  return found;
}

/** Median depth in millimetres, 0 for none; what is farther than 65.535 m is that far. */
function encodeDepth(
  { width, height, depth }: View,
): Promise<Uint8Array> {
  const data = Uint16Array.from(
    depth,
    (metres) => Math.min(65_535, Math.round(metres * 1000)),
  );
  return encodePng16({ width, height, data });
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw new UsageError(
      `Cannot write to ${path} as --out must be a folder with --cameras: ${
        (cause as Error).message
      }`,
      { cause },
    );
  }
}

async function readCameras(
  path: string,
  { size, fov }: RenderCommandOptions,
  { say }: RenderCommandIo,
): Promise<readonly FileCamera[]> {
  requireRead(path);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    throw new UsageError(
      `Cannot read the cameras ${path}: ${(cause as Error).message}`,
      { cause },
    );
  }
  const { cameras, warnings } = readTransforms(text, {
    name: path,
    ...(size === undefined ? {} : { size }),
    ...(fov === undefined ? {} : { fov }),
  });
  for (const warning of warnings) say(`${path}: ${warning}`);
  return cameras;
}
