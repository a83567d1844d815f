/**
 * A scene to look at: read or made, its frame known, on its renderer once
 * somebody asks for that.
 *
 * @module
 */

import type { Config } from "./config/mod.ts";
import { findGpu } from "./gpu/find_gpu.ts";
import { createRenderer } from "./render/create_renderer.ts";
import type { Renderer } from "./render/renderer.ts";
import type { FrameOptions } from "./scene/make_frame.ts";
import type { SceneFile } from "./scene/scene_file.ts";
import type { SceneFrame } from "./scene/scene_frame.ts";
import { type SceneSummary, summarizeScene } from "./scene/scene_summary.ts";
import type { Sidecar } from "./scene/sidecar.ts";
import type { Splats } from "./scene/splats.ts";

/** Options of {@linkcode openScene}. */
export interface OpenOptions {
  /** Told one line each for people: what was guessed, chosen or cut. */
  readonly onNotice: (line: string) => void;
  /** Told when a GPU's device was lost; views only take longer. @default {a notice} */
  readonly onDeviceLost?: () => void;
  /** Told of the splats once they are there, just before the renderer takes them. */
  readonly onSplats?: (splats: Splats) => void;
  /**
   * Starts the renderer of a file while it is read, gives it the splats as soon
   * as they are there, and finds the frame meanwhile; then no summary can be had.
   *
   * @default {false}
   */
  readonly rendersAtOnce?: boolean;
  /** Progress of reading, [0, 1]. */
  readonly onProgress?: (fraction: number) => void;
  /** Gives up; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** A scene that can be looked at. */
export interface OpenScene extends AsyncDisposable {
  /** As the user called it: a path, a URL, or `demo`. */
  readonly name: string;
  /** What was read, without the splats, which live in the renderer. */
  readonly scene: Omit<SceneFile, "splats">;
  readonly frame: SceneFrame;
  /** As `inspect --json` prints it; to be asked for before the renderer, which takes the splats. */
  readonly summary: () => SceneSummary;
  /** The scene on its device; made at the first call. */
  readonly renderer: () => Promise<Renderer>;
}

/** What people are told when a GPU's device was lost. */
export const deviceLost =
  "the GPU's device was lost: the scene goes to another";

/**
 * Reads the scene that `config` names, or makes the demo flat.
 *
 * @throws {SceneFormatError} If the file is not what its format demands.
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export async function openScene(
  config: Config,
  options: OpenOptions,
): Promise<OpenScene> {
  let renderer: Promise<Renderer> | undefined;
  const arriving = Promise.withResolvers<Splats>();
  arriving.promise.catch(() => {}); // Thrown to whoever waits for the renderer.
  const start = (): Promise<Renderer> => {
    const { backend } = config;
    const { onNotice, onDeviceLost = () => onNotice(deviceLost) } = options;
    const made = createRenderer(arriving.promise, {
      backend,
      onNotice,
      onDeviceLost,
    });
    made.catch(() => {});
    return made;
  };
  const take = (splats: Splats): void => {
    options.onSplats?.(splats);
    arriving.resolve(splats);
  };
  const dispose = async (): Promise<void> => {
    arriving.reject(new Error("Cannot render: the scene was closed"));
    await (await renderer?.catch(() => undefined))?.[Symbol.asyncDispose]();
  };
  if (options.rendersAtOnce && config.scene !== undefined) renderer = start();
  const { splats, ...read } = config.scene === undefined
    ? await makeDemo(config)
    : await readFile(config.scene, config, {
      ...options,
      onRead: async (splats) => {
        if (renderer === undefined) return;
        take(splats);
        await nextTurn(); // Its threads begin.
      },
    }).catch(async (fault) => {
      await dispose();
      throw fault;
    });
  const resident: { splats?: () => Splats } = { splats };
  let summary: SceneSummary | undefined;
  return {
    ...read,
    summary: () =>
      summary ??= summarizeScene(
        { splats: resident.splats!(), ...read.scene },
        {
          file: read.name,
          up: read.frame.up,
        },
      ),
    renderer: () => {
      renderer ??= (async () => {
        if (config.backend === "auto") void findGpu(); // Meanwhile.
        await nextTurn();
        const made = start();
        take(resident.splats!());
        delete resident.splats; // The renderer has its own copy.
        return await made;
      })();
      return renderer;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

type ReadScene = Pick<OpenScene, "name" | "scene" | "frame"> & {
  splats: () => Splats;
};

/** Lets what is on its way out leave first: painting the demo flat holds the thread. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

async function makeDemo(
  { seed, fov, cameraHeight }: Config,
): Promise<ReadScene> {
  const { makeDemoScene } = await import("./scene/demo_scene.ts");
  const demo = makeDemoScene(
    seed,
    cameraHeight === undefined ? {} : { eyeHeight: cameraHeight },
  );
  const { frame, format, version, fileShDegree, up, warnings } = demo;
  return {
    name: "demo",
    splats: () => demo.splats,
    scene: { format, version, fileShDegree, up, warnings },
    frame: fov === undefined ? frame : { ...frame, fov },
  };
}

async function readFile(
  location: string,
  config: Config,
  { onNotice, onProgress, onRead, signal }: OpenOptions & {
    onRead: (splats: Splats) => Promise<void>;
  },
): Promise<ReadScene> {
  const [{ openSource, readScene }, { makeFrame }, { readSidecar }] =
    await Promise.all([
      import("./scene/read.ts"),
      import("./scene/make_frame.ts"),
      import("./scene/sidecar.ts"),
    ]);
  const progress = onProgress === undefined ? {} : { onProgress };
  const source = await openSource(location, { signal, ...progress });
  try {
    const sidecar = await readSidecar(source);
    const { splats, ...scene } = await readScene(source, {
      signal,
      lod: config.lod,
      leavesSh: true,
      ...progress,
    });
    scene.warnings.forEach(onNotice);
    await onRead(splats);
    const frame = makeFrame(
      { splats, ...scene },
      frameOptions(config, sidecar),
    );
    if (frame.guessed.length > 0) {
      onNotice(
        `${frame.guessed.join(" and ")} of ${location} ${
          frame.guessed.length > 1 ? "are guesses" : "is a guess"
        } (up ${frame.up}, 1 unit = ${frame.metresPerUnit} m): set ${
          frame.guessed.map((name) => `--${name}`).join(" and ")
        }, or keep them in ${location}.scene.json${
          frame.doubt === undefined ? "" : `; ${frame.doubt}`
        }`,
      );
    }
    return { name: location, splats: () => splats, scene, frame };
  } finally {
    source.close();
  }
}

/** How the options, and a sidecar if there is one, have a file understood. */
export function frameOptions(
  { up, scale, origin, fov, cameraHeight }: Config,
  sidecar: Sidecar | undefined,
): FrameOptions {
  return {
    ...(sidecar === undefined ? {} : { sidecar }),
    ...(up === undefined ? {} : { up }),
    ...(scale === undefined ? {} : { scale }),
    ...(origin === undefined ? {} : { origin }),
    ...(cameraHeight === undefined ? {} : { eyeHeight: cameraHeight }),
    ...(fov === undefined ? {} : { fov }),
  };
}
