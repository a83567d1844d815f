/**
 * A world to explore: a scene that has been read, its frame, its renderer and
 * the policy that decides in it. Made once, used by any number of runs.
 *
 * @module
 */

import type { Config } from "./config.ts";
import type { PolicyFactory } from "./policy/policy.ts";
import type { Renderer } from "./render/renderer.ts";
import type { SceneFile } from "./scene/scene_file.ts";
import type { SceneFrame } from "./scene/scene_frame.ts";

/** Everything that a run needs and that outlives it. */
export interface World extends AsyncDisposable {
  /** What was read; its `format` is `demo` for the flat made in memory. */
  readonly scene: Omit<SceneFile, "splats">;
  /** As the user called it: a path, a URL or `demo`. */
  readonly sceneName: string;
  readonly frame: SceneFrame;
  /** The scene on its device; made at the first call. */
  readonly renderer: () => Promise<Renderer>;
  /** Pixels of a view. */
  readonly width: number;
  /** Pixels of a view. */
  readonly height: number;
  /** Vertical field of view, degrees. */
  readonly fov: number;
  readonly makePolicy: PolicyFactory;
}

/** Options of {@linkcode openWorld}. */
export interface OpenWorldOptions {
  /** Told one line each for people: what was guessed, chosen or cut. */
  readonly onNotice: (line: string) => void;
  /** Progress of a long reading, [0, 1]. */
  readonly onProgress?: (fraction: number) => void;
  /** Gives up opening; its reason is thrown. */
  readonly signal: AbortSignal;
}
