/**
 * A world to explore: a scene that has been read, its frame, its renderer and
 * the policy that decides in it. Made once, used by any number of runs.
 *
 * @module
 */

import type { Config } from "./config/mod.ts";
import { type Pose, wrapDegrees } from "./geometry/pose.ts";
import type { FreeSpace } from "./map/free_space.ts";
import { GridFile } from "./map/grid_file.ts";
import { Survey } from "./map/survey.ts";
import {
  type OpenPolicy,
  openPolicy,
  type OpenPolicyOptions,
  policyKind,
} from "./open_policy.ts";
import { type OpenOptions, type OpenScene, openScene } from "./open_scene.ts";

/** Options of {@linkcode openWorld}. */
export interface OpenWorldOptions extends OpenOptions, OpenPolicyOptions {}

/** Everything that a run needs and that outlives it. */
export interface World extends OpenScene, OpenPolicy {
  /** Pixels of a view. */
  readonly width: number;
  /** Pixels of a view. */
  readonly height: number;
  /** Where runs start that do not say, world metres and degrees: the scene's start, or `--start`. */
  readonly start: Pose;
  /**
   * Where agents that start at `start` can go, found at the first call;
   * `undefined` where the geometry cannot be trusted.
   */
  readonly freeSpace: (start: Pose) => Promise<FreeSpace | undefined>;
  /** Whether a find is checked from nearer before it wins. */
  readonly verify: boolean;
  /** Whether a team looks around once before its first step. */
  readonly panorama: boolean;
}

const DEFAULT_SIZE = { width: 512, height: 512 };

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
  await using stack = new AsyncDisposableStack();
  let survey: Survey | undefined;
  const scene = stack.use(
    await openScene(config, {
      ...options,
      onSplats: (splats) => survey?.take(splats),
    }),
  );
  const policy = stack.use(await openPolicy(kind, config, options));
  const { width, height } = config.size ?? DEFAULT_SIZE;
  const { agentRadius, cameraHeight } = config;
  const [x, y, z, yaw] = config.start ?? [];
  const surveyed = survey = stack.use(
    new Survey({
      frame: scene.frame,
      agentRadius,
      cameraHeight,
      gridFile: config.cache === "on"
        ? GridFile.beside(config.scene)
        : undefined,
      ...options,
    }),
  );
  const owned = stack.move();
  return {
    ...scene,
    ...policy,
    freeSpace: async (start) => {
      await scene.renderer();
      return await surveyed.freeSpace(start);
    },
    width,
    height,
    start: x === undefined
      ? scene.frame.start
      : { x, y: y!, z: z!, yaw: wrapDegrees(yaw!) },
    verify: config.verify === "on",
    panorama: config.panorama === "on",
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
