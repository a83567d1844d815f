/**
 * `--out DIR`: what is kept of a run. `events.ndjson` grows with the run, one
 * whole line at a time; views are PNG files at full resolution.
 *
 * @module
 */

import { join } from "node:path";
import type { Look } from "../agent/look.ts";
import { UsageError } from "../config.ts";
import { encodeNdjson } from "../events/encode.ts";
import type { AgentEvent } from "../events/event.ts";
import { writeWhole } from "./write_whole.ts";

/** A folder that holds one run. */
export class RunFolder {
  readonly #path: string;
  readonly #events: Deno.FsFile;
  /** Views in the making; each is awaited before the folder is closed. */
  readonly #views: Promise<void>[] = [];

  private constructor(path: string, events: Deno.FsFile) {
    this.#path = path;
    this.#events = events;
  }

  /**
   * Makes the folder, or takes over the one of an earlier run: its events and
   * views are replaced, other files are left alone.
   *
   * @throws {UsageError} If it cannot be written.
   */
  static async create(path: string): Promise<RunFolder> {
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

  /** Appends `event`; resolves when the system has it. */
  async keepEvent(event: AgentEvent): Promise<void> {
    let rest: Uint8Array = encodeNdjson(event);
    while (rest.length > 0) {
      rest = rest.subarray(await this.#events.write(rest));
    }
  }

  /** Writes the full view of a step as `views/agent-A-step-SS.png`, beside the run. */
  keepView(agentId: number, step: number, look: Look): void {
    const name = `agent-${agentId}-step-${String(step).padStart(2, "0")}.png`;
    const view = this.#writeView(join(this.#path, "views", name), look);
    view.catch(() => {}); // Thrown by close().
    this.#views.push(view);
  }

  /** Writes `value` as the file `name`, whole or not at all. */
  async keepJson(name: string, value: unknown): Promise<void> {
    await writeWhole(
      join(this.#path, name),
      new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`),
    );
  }

  /** Resolves when everything is on disk; throws the first fault of a view. */
  async close(): Promise<void> {
    try {
      await Promise.all(this.#views);
    } finally {
      this.#events.close();
    }
  }

  async #writeView(path: string, look: Look): Promise<void> {
    await writeWhole(path, await look.png());
  }
}
