/**
 * `--out DIR`: what is kept of a run. `events.ndjson` grows with the run, one
 * whole line at a time; views are PNG files at full resolution; the report,
 * the camera paths and the animation are made at its end.
 *
 * @module
 */

import { join } from "node:path";
import type { Look } from "../agent/look.ts";
import { UsageError } from "../config/mod.ts";
import { encodeNdjson } from "../events/encode.ts";
import type { AgentEvent } from "../events/event.ts";
import type { Image } from "../image/image.ts";
import { resizeLanczos } from "../image/resize.ts";
import { visibleGround } from "../map/visible_ground.ts";
import type { VlmUsage } from "../vlm/usage.ts";
import type { World } from "../world.ts";
import type { TimedEvent } from "../results/run_record.ts";
import { writeResults } from "./run_results.ts";
import { viewPath } from "./view_names.ts";
import { writeWhole } from "./write_whole.ts";

/** Options of {@linkcode RunFolder.create}. */
export interface RunFolderOptions {
  readonly query: string;
  readonly world: World;
  /** Whether the run becomes an animation, too. */
  readonly gif: boolean;
}

/** Sides of a view in the animation, pixels: small where there are many. */
const GIF_SIDE = { few: 256, many: 160 };

/** Every so many corners of the ground that a look shows are kept. */
const THINNING = 8;

/** Agents that count as few. */
const FEW = 4;

/** A folder that holds one run. */
export class RunFolder {
  readonly #path: string;
  readonly #events: Deno.FsFile;
  readonly #options: RunFolderOptions;
  readonly #startedAt = new Date();
  readonly #began = performance.now();
  readonly #kept: TimedEvent[] = [];
  /** Ground that each look showed. */
  readonly #seen: [number, number][][] = [];
  /** Small views for the animation: agent, then step. */
  readonly #pictures: Image[][] = [];
  /** Views in the making; each is awaited before the folder is closed. */
  readonly #views: Promise<void>[] = [];

  private constructor(
    path: string,
    events: Deno.FsFile,
    options: RunFolderOptions,
  ) {
    this.#path = path;
    this.#events = events;
    this.#options = options;
  }

  /**
   * Makes the folder, or takes over the one of an earlier run: its events and
   * views are replaced, other files are left alone.
   *
   * @throws {UsageError} If it cannot be written.
   */
  static async create(
    path: string,
    options: RunFolderOptions,
  ): Promise<RunFolder> {
    try {
      const views = join(path, "views");
      await Deno.remove(views, { recursive: true }).catch((fault) => {
        if (!(fault instanceof Deno.errors.NotFound)) throw fault;
      });
      await Deno.mkdir(views, { recursive: true });
      return new RunFolder(
        path,
        await Deno.open(join(path, "events.ndjson"), {
          write: true,
          create: true,
          truncate: true,
        }),
        options,
      );
    } catch (cause) {
      throw new UsageError(
        `Cannot write to ${path} as --out must be a folder that can be made and written: ${
          (cause as Error).message
        }`,
        { cause },
      );
    }
  }

  /**
   * Appends `event`; resolves when the system has it.
   *
   * @throws {UsageError} If it cannot be written.
   */
  async keepEvent(event: AgentEvent): Promise<void> {
    this.#kept.push({ event, at: Math.round(performance.now() - this.#began) });
    try {
      let rest: Uint8Array = encodeNdjson(event);
      while (rest.length > 0) {
        rest = rest.subarray(await this.#events.write(rest));
      }
    } catch (cause) {
      throw new UsageError(
        `Cannot write ${join(this.#path, "events.ndjson")}: ${
          (cause as Error).message
        }`,
        { cause },
      );
    }
  }

  /** Writes the full view of a step as `views/agent-A-step-SS.png`, beside the run. */
  keepView(agentId: number, step: number, look: Look): void {
    const view = this.#writeView(
      join(this.#path, viewPath(agentId, step)),
      look,
    );
    view.catch(() => {}); // Thrown by close().
    this.#views.push(view);
    const { fov } = this.#options.world.frame;
    const corners = visibleGround({ ...look.view, fov, pose: look.pose });
    this.#seen.push(corners.filter((_, i) => i % THINNING === 0));
    if (this.#options.gif) {
      const side = agentId < FEW ? GIF_SIDE.few : GIF_SIDE.many;
      (this.#pictures[agentId] ??= []).push(
        resizeLanczos(look.view, side, side),
      );
    }
  }

  /** Writes `value` as the file `name`, whole or not at all. */
  async keepJson(name: string, value: unknown): Promise<void> {
    await writeWhole(
      join(this.#path, name),
      new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`),
    );
  }

  /**
   * Makes the results of the run, once its last event is kept. Resolves when
   * everything is on disk; throws the first fault.
   */
  async close(usage?: VlmUsage): Promise<void> {
    try {
      await Promise.all(this.#views);
    } finally {
      this.#events.close();
    }
    const { query, world } = this.#options;
    await writeResults(this.#path, {
      query,
      world,
      startedAt: this.#startedAt,
      events: this.#kept,
      seen: this.#seen,
      pictures: this.#pictures,
      ...(usage === undefined ? {} : { usage }),
    });
  }

  async #writeView(path: string, look: Look): Promise<void> {
    await writeWhole(path, await look.png());
  }
}
