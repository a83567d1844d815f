/**
 * Worlds by scene, opened when somebody asks and kept for the next question.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { SceneSummary } from "../scene/scene_summary.ts";
import { openWorld, type World } from "../world.ts";
import { requireScene } from "./permissions.ts";

/** A world and what its scene holds. */
export interface KnownWorld {
  readonly world: World;
  readonly summary: SceneSummary;
}

interface Kept extends KnownWorld {
  readonly scene: string | undefined;
  /** Questions that are being answered in it. */
  users: number;
}

/** Keeps one idle world: scenes are large, and one is asked about many times. */
export class OpenWorlds implements AsyncDisposable {
  readonly #config: Config;
  readonly #onNotice: (line: string) => void;
  readonly #signal: AbortSignal;
  readonly #opened = new Map<string | undefined, Promise<Kept>>();

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
    let opening = this.#opened.get(name);
    if (opening === undefined) {
      await this.#closeIdle();
      opening = this.#open(name);
      this.#opened.set(name, opening);
      opening.catch(() => this.#opened.delete(name));
    }
    const kept = await opening;
    kept.users++;
    try {
      return await work(kept);
    } finally {
      kept.users--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = await Promise.allSettled(this.#opened.values());
    this.#opened.clear();
    for (const opened of all) {
      if (opened.status === "fulfilled") {
        await opened.value.world[Symbol.asyncDispose]();
      }
    }
  }

  async #open(scene: string | undefined): Promise<Kept> {
    const world = await openWorld({ ...this.#config, scene }, {
      onNotice: this.#onNotice,
      signal: this.#signal,
    });
    return { world, summary: world.summary(), scene, users: 0 };
  }

  async #closeIdle(): Promise<void> {
    for (const [name, opening] of this.#opened) {
      const kept = await opening.catch(() => undefined);
      if (kept === undefined || kept.users > 0) continue;
      this.#opened.delete(name);
      await kept.world[Symbol.asyncDispose]();
    }
  }
}
