/**
 * Worlds by scene, opened when somebody asks and kept for the next question.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import type { SceneSummary } from "../scene/scene_summary.ts";
import { openWorld, type World } from "../world.ts";
import { requireScene } from "./permissions.ts";

/** A world and what its scene holds. */
export interface KnownWorld {
  readonly world: World;
  readonly summary: SceneSummary;
}

interface Kept {
  readonly opening: Promise<KnownWorld>;
  /** Questions that wait for it or are being answered in it. */
  users: number;
}

/** Keeps one idle world: scenes are large, and one is asked about many times. */
export class OpenWorlds implements AsyncDisposable {
  readonly #config: Config;
  readonly #onNotice: (line: string) => void;
  readonly #signal: AbortSignal;
  readonly #kept = new Map<string | undefined, Kept>();

  constructor(
    config: Config,
    { onNotice, signal }: {
      onNotice: (line: string) => void;
      signal: AbortSignal;
    },
  ) {
    this.#config = config;
    this.#onNotice = onNotice;
    this.#signal = signal;
  }

  /**
   * Does something in the world of `scene`; without a name, in that of the
   * command line.
   *
   * @throws What opening a world throws.
   */
  async use<Value>(
    scene: string | undefined,
    work: (known: KnownWorld) => Promise<Value>,
  ): Promise<Value> {
    const name = scene ?? this.#config.scene;
    requireScene(name);
    // Counted before anything is waited for: who asks meanwhile gets the same,
    // and nobody closes it.
    const kept = this.#kept.get(name) ?? this.#keep(name);
    kept.users++;
    try {
      return await work(await kept.opening);
    } finally {
      kept.users--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(all.map(close));
  }

  #keep(scene: string | undefined): Kept {
    const idle = [...this.#kept].filter(([, { users }]) => users === 0);
    for (const [name] of idle) this.#kept.delete(name);
    const closed = Promise.all(idle.map(([, kept]) => close(kept)));
    const opening = closed.then(() => this.#open(scene));
    const kept: Kept = { opening, users: 0 };
    this.#kept.set(scene, kept);
    opening.catch(() => this.#kept.delete(scene));
    return kept;
  }

  async #open(scene: string | undefined): Promise<KnownWorld> {
    const world = await openWorld({ ...this.#config, scene }, {
      onNotice: this.#onNotice,
      signal: this.#signal,
    });
    return { world, summary: world.summary() };
  }
}

/** Frees a world; one that could not be opened has nothing to free. */
async function close({ opening }: Kept): Promise<void> {
  const known = await opening.catch(() => undefined);
  await known?.world[Symbol.asyncDispose]();
}
