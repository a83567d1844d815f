/**
 * A row of the evaluation's table in which a model decides.
 *
 * @module
 */

import { join } from "node:path";
import { type Config, UsageError } from "../config/mod.ts";
import type { Episode } from "../eval/episode.ts";
import type { Model } from "../eval/evaluate.ts";
import type { VlmClient } from "../vlm/client.ts";
import { type OpenPolicy, openPolicy } from "../open_policy.ts";
import { requireNet } from "./permissions.ts";
import { say } from "./terminal.ts";

/** Rows by the name that `--policies` takes, with what the model chooses from. */
export const MODEL_ROWS: Readonly<
  Record<
    string,
    { readonly label: string; readonly actions: Config["actions"] }
  >
> = {
  vlm: { label: "vision-language model, poses", actions: "pose" },
  "vlm-waypoints": {
    label: "vision-language model, numbered ways",
    actions: "waypoints",
  },
};

/** Asks the model of an endpoint; with a folder keeps the exchanges of each session in a file of its own. */
export class ModelRow implements Model, AsyncDisposable {
  readonly label: string;
  readonly #policy: OpenPolicy;
  readonly #folder: string | undefined;
  readonly #runs = new Map<number, VlmClient>();

  private constructor(
    label: string,
    policy: OpenPolicy,
    folder: string | undefined,
  ) {
    this.label = label;
    this.#policy = policy;
    this.#folder = folder;
  }

  /**
   * @param name one of {@linkcode MODEL_ROWS}
   * @throws {UsageError} If there is no endpoint.
   */
  static async open(
    name: string,
    config: Config,
    signal: AbortSignal,
  ): Promise<ModelRow> {
    const { baseUrl, out } = config;
    if (baseUrl === undefined) {
      throw new UsageError(
        "Cannot ask a model as there is no endpoint: give --base-url URL or set VLLM_BASE_URL",
      );
    }
    requireNet(baseUrl);
    const folder = out && join(out, name);
    if (folder !== undefined) await Deno.mkdir(folder, { recursive: true });
    const { label, actions } = MODEL_ROWS[name]!;
    const policy = await openPolicy("vlm", { ...config, actions }, {
      onNotice: say,
      signal,
    });
    return new ModelRow(label, policy, folder);
  }

  /** The model's name; empty before its first answer. */
  get model(): string {
    return this.#policy.vlm!.usage().model;
  }

  ofOneRun({ index }: Episode): ReturnType<Model["ofOneRun"]> {
    const run = this.#policy.ofOneRun(
      this.#folder === undefined ? {} : {
        record: join(this.#folder, `${String(index).padStart(3, "0")}.jsonl`),
      },
    );
    this.#runs.set(index, run.vlm!);
    return run;
  }

  /** The session of an episode is over: its file is complete. */
  async close(index: number): Promise<void> {
    await this.#runs.get(index)?.[Symbol.asyncDispose]();
    this.#runs.delete(index);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const index of this.#runs.keys()) await this.close(index);
    await this.#policy[Symbol.asyncDispose]();
  }
}
