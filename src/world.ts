/**
 * A world to explore: a scene that has been read, its frame, its renderer and
 * the policy that decides in it. Made once, used by any number of runs.
 *
 * @module
 */

import { type Config, UsageError } from "./config/mod.ts";
import { findGpu } from "./gpu/find_gpu.ts";
import { type Pose, wrapDegrees } from "./geometry/pose.ts";
import type { FreeSpace } from "./map/free_space.ts";
import { GridFile } from "./map/grid_file.ts";
import { Survey } from "./map/survey.ts";
import type { PolicyFactory } from "./policy/policy.ts";
import { createRenderer } from "./render/create_renderer.ts";
import type { Renderer } from "./render/renderer.ts";
import type { SceneFile } from "./scene/scene_file.ts";
import type { SceneFrame } from "./scene/scene_frame.ts";
import { type SceneSummary, summarizeScene } from "./scene/scene_summary.ts";
import type { Splats } from "./scene/splats.ts";
import type { VlmAnswer, VlmClient } from "./vlm/client.ts";

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

/** Options of {@linkcode openWorld}. */
export interface OpenWorldOptions extends OpenOptions {
  /** Told of each answer of the model, in the asynchronous context of who asked. */
  readonly onAnswer?: (answer: VlmAnswer) => void;
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

/** Everything that a run needs and that outlives it. */
export interface World extends OpenScene {
  /** Pixels of a view. */
  readonly width: number;
  /** Pixels of a view. */
  readonly height: number;
  /** Where runs start that do not say, world metres and degrees: the scene's start, or `--start`. */
  readonly start: Pose;
  /** Makes the policy of an agent. */
  readonly makePolicy: PolicyFactory;
  /**
   * Where agents that start at `start` can go, found at the first call;
   * `undefined` where the geometry cannot be trusted.
   */
  readonly freeSpace: (start: Pose) => Promise<FreeSpace | undefined>;
  /** Whether a find is checked from nearer before it wins. */
  readonly verify: boolean;
  /** Whether a team looks around once before its first step. */
  readonly panorama: boolean;
  /** The model that decides: its readiness and what it has cost; none for policies without one. */
  readonly vlm: VlmClient | undefined;
  /**
   * The policy and the model for one run of many: what the model costs is
   * counted for it alone, too, and its exchanges are kept where `record` says.
   */
  readonly ofOneRun: (
    options?: { readonly record?: string },
  ) => Pick<World, "makePolicy" | "vlm">;
}

/** What people are told when a GPU's device was lost. */
export const deviceLost =
  "the GPU's device was lost: the scene goes to another";

const DEFAULT_SIZE = { width: 512, height: 512 };

/** How often a person is told that an endpoint is still waited for, seconds. */
const WAITING_NOTICES = 10;

/**
 * Opens the scene and the policy that `config` asks for.
 *
 * @throws {UsageError} If there is no endpoint for the policy asked for.
 * @throws What {@linkcode openScene} throws.
 */
export async function openWorld(
  config: Config,
  options: OpenWorldOptions,
): Promise<World> {
  const kind = policyKind(config);
  let survey: Survey | undefined;
  const scene = await openScene(config, {
    ...options,
    onSplats: (splats) => survey?.take(splats),
  });
  try {
    const policy = await openPolicy(kind, config, options);
    const { width, height } = config.size ?? DEFAULT_SIZE;
    const { agentRadius, cameraHeight } = config;
    const [x, y, z, yaw] = config.start ?? [];
    const surveyed = survey = new Survey({
      frame: scene.frame,
      agentRadius,
      cameraHeight,
      gridFile: config.cache === "on"
        ? GridFile.beside(config.scene)
        : undefined,
      ...options,
    });
    return {
      ...scene,
      freeSpace: async (start) => {
        await scene.renderer();
        return await surveyed.freeSpace(start);
      },
      width,
      height,
      start: x === undefined
        ? scene.frame.start
        : { x, y: y!, z: z!, yaw: wrapDegrees(yaw!) },
      ...policy,
      verify: config.verify === "on",
      panorama: config.panorama === "on",
      [Symbol.asyncDispose]: async () => {
        await surveyed[Symbol.asyncDispose]();
        await policy[Symbol.asyncDispose]();
        await scene[Symbol.asyncDispose]();
      },
    };
  } catch (fault) {
    await scene[Symbol.asyncDispose]();
    throw fault;
  }
}

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
  { up, scale, origin, fov, lod, cameraHeight }: Config,
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
      lod,
      leavesSh: true,
      ...progress,
    });
    scene.warnings.forEach(onNotice);
    await onRead(splats);
    const frame = makeFrame({ splats, ...scene }, {
      ...(sidecar === undefined ? {} : { sidecar }),
      ...(up === undefined ? {} : { up }),
      ...(scale === undefined ? {} : { scale }),
      ...(origin === undefined ? {} : { origin }),
      ...(cameraHeight === undefined ? {} : { eyeHeight: cameraHeight }),
      ...(fov === undefined ? {} : { fov }),
    });
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

/** A policy and the model behind it. */
export type OpenPolicy =
  & Pick<World, "makePolicy" | "vlm" | "ofOneRun">
  & AsyncDisposable;

type PolicyKind = NonNullable<Config["policy"]>;

/** @throws {UsageError} If a model is to decide and there is none. */
function policyKind({ policy, baseUrl, replay }: Config): PolicyKind {
  const hasModel = baseUrl !== undefined || replay !== undefined;
  if (policy === "vlm" && !hasModel) {
    throw new UsageError(
      "Cannot ask a model as there is no endpoint: give --base-url URL or set VLLM_BASE_URL",
    );
  }
  return policy ?? (hasModel ? "vlm" : "baseline");
}

/**
 * Opens the policy `kind` as `config` says.
 *
 * @throws What connecting to a model, or reading a recording, throws.
 */
export async function openPolicy(
  kind: PolicyKind,
  config: Config,
  { onNotice, onAnswer, signal }: OpenWorldOptions,
): Promise<OpenPolicy> {
  const { baseUrl, replay } = config;
  if (kind === "baseline") {
    if (config.policy === undefined) {
      onNotice(
        "no VLM endpoint (--base-url or VLLM_BASE_URL): the baseline policy searches by colour and size alone",
      );
    }
    const { makeBaselinePolicy } = await import("./policy/baseline_policy.ts");
    const policy = { makePolicy: makeBaselinePolicy, vlm: undefined };
    return {
      ...policy,
      ofOneRun: () => policy,
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const [{ VlmClient }, { makeVlmPolicy }, { parseHistoryLimit }] =
    await Promise.all([
      import("./vlm/client.ts"),
      import("./policy/vlm_policy.ts"),
      import("./policy/history.ts"),
    ]);
  const { stepTimeout, thinking, temperature, actions } = config;
  const shared = {
    stepTimeout,
    thinking,
    onNotice,
    ...(onAnswer === undefined ? {} : { onAnswer }),
  };
  const client = replay === undefined
    ? VlmClient.connect({
      ...shared,
      baseUrl: baseUrl!,
      model: config.model,
      apiKey: config.apiKey,
      headers: config.header,
      record: config.record,
    })
    : VlmClient.replay(await readExchanges(replay), shared);
  if (config.wait > 0) {
    let told = -Infinity;
    await client.waitUntilReady({
      seconds: config.wait,
      signal,
      onWaiting: (reason, waited) => {
        if (waited - told < WAITING_NOTICES) return;
        told = waited;
        onNotice(
          `waiting for the endpoint (${Math.round(waited)} s): ${reason}`,
        );
      },
    }).catch((fault) => {
      signal.throwIfAborted();
      onNotice(`no longer waiting: ${(fault as Error).message}`);
    });
  }
  const policyOf = (vlm: VlmClient): Pick<World, "makePolicy" | "vlm"> => ({
    makePolicy: makeVlmPolicy(vlm, {
      history: parseHistoryLimit(config.history),
      temperature,
      actions,
    }),
    vlm,
  });
  return {
    ...policyOf(client),
    ofOneRun: (options) => policyOf(client.ofOneRun(options)),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** @throws {UsageError} If there is no such file, or it cannot be read. */
async function readExchanges(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new UsageError(`Cannot replay ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
