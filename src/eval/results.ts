/**
 * What has been measured so far, one line a session: an evaluation that is
 * stopped goes on where it was.
 *
 * @module
 */

import { z } from "zod";
import type { Episode } from "./episode.ts";
import type { SessionRecord } from "./metrics.ts";

/** What results depend on, beside the policies: results under other settings do not mix. */
export interface Settings {
  /** Of the list of episodes. */
  readonly seed: number;
  readonly agents: number;
  readonly maxSteps: number;
}

/** Counts up with every change of episodes or judgement that makes older results wrong. */
const VERSION = 1;

const settingsLine = z.object({
  version: z.literal(VERSION),
  seed: z.int(),
  agents: z.int(),
  maxSteps: z.int(),
});

const recordLine: z.ZodType<SessionRecord> = z.object({
  contestant: z.string(),
  index: z.int().min(0),
  rooms: z.int(),
  target: z.enum(["present", "absent", "look-alikes"]),
  end: z.enum(["success", "far", "false", "none", "failed"]),
  steps: z.int(),
  looks: z.int(),
  walked: z.number().nullable(),
  shortest: z.number().nullable(),
  sighted: z.boolean(),
  coverage: z.number(),
  ms: z.number(),
  tokens: z.number(),
  errors: z.array(z.string()).exactOptional(),
});

/** Records in the order in which they came. */
export class Results {
  readonly #settings: Settings;
  readonly #records: SessionRecord[] = [];
  readonly #done = new Set<string>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * Reads what {@linkcode Results.header} and {@linkcode Results.add} wrote. A
   * last line that was cut off is left out.
   *
   * @throws {Error} If it is of other settings, or no such text.
   */
  static parse(text: string, settings: Settings): Results {
    const [first = "", ...lines] = text.split("\n").slice(0, -1);
    const header = settingsLine.safeParse(parseJson(first));
    if (!header.success) {
      throw new Error("it does not begin as results of this version do");
    }
    const { version: _, ...kept } = header.data;
    for (const name of ["seed", "agents", "maxSteps"] as const) {
      if (kept[name] !== settings[name]) {
        throw new Error(
          `it holds results for ${name} ${kept[name]}, not ${settings[name]}`,
        );
      }
    }
    const results = new Results(settings);
    for (const line of lines) {
      results.add(recordLine.parse(parseJson(line)));
    }
    return results;
  }

  /** The first line of the text. */
  get header(): string {
    return `${JSON.stringify({ version: VERSION, ...this.#settings })}\n`;
  }

  get records(): readonly SessionRecord[] {
    return this.#records;
  }

  /** Takes up a record and returns its line. */
  add(record: SessionRecord): string {
    this.#records.push(record);
    this.#done.add(`${record.contestant} ${record.index}`);
    return `${JSON.stringify(record)}\n`;
  }

  /** Whether there is a record. */
  has(contestant: string, { index }: Pick<Episode, "index">): boolean {
    return this.#done.has(`${contestant} ${index}`);
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
