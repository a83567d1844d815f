/**
 * `splatscout eval`: who finds what in made flats, as a table on stdout;
 * progress on stderr.
 *
 * @module
 */

import { join } from "node:path";
import { type Config, UsageError } from "../config/mod.ts";
import { type ContestantName, CONTESTANTS } from "../eval/contestants.ts";
import { makeEpisodes } from "../eval/episode.ts";
import { type Competitor, evaluate } from "../eval/evaluate.ts";
import { plotSvg } from "../eval/plot.ts";
import { makeReport } from "../eval/report.ts";
import { Results, type Settings } from "../eval/results.ts";
import { type Report, tableText } from "../eval/table.ts";
import { MODEL_ROWS, ModelRow } from "./model_row.ts";
import { requireWrite } from "./permissions.ts";
import { say, writeOut } from "./terminal.ts";
import { writeWhole } from "./write_whole.ts";

/** Milliseconds between two lines of progress. */
const PROGRESS = 10_000;

/**
 * Evaluates and prints; with `--out` keeps every session's record, the table,
 * a plot, and the exchanges with the model.
 *
 * @returns the exit code, 0
 * @throws {UsageError} If the arguments are wrong or a permission is missing.
 */
export async function evaluatePolicies(
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  const names = namesOf(config);
  if (config.out !== undefined) requireWrite(config.out);
  await using rows = new AsyncDisposableStack();
  const models = new Map<string, ModelRow>();
  for (const name of names.filter((name) => name in MODEL_ROWS)) {
    models.set(name, rows.use(await ModelRow.open(name, config, signal)));
  }
  const contestants = new Map(names.map((name): [string, Competitor] => [
    name,
    models.get(name) ?? CONTESTANTS[name as ContestantName],
  ]));
  const settings: Settings = {
    seed: config.seed,
    agents: config.agents,
    maxSteps: config.maxSteps,
  };
  await using store = await ResultFile.open(config.out, settings);
  const episodes = makeEpisodes(config.episodes, config.seed);
  const progress = progressOf(episodes.length * names.length);
  await evaluate({
    episodes,
    contestants,
    numAgents: config.agents,
    maxSteps: config.maxSteps,
    jobs: config.jobs,
    isDone: (name, episode) => {
      const isDone = store.results.has(name, episode);
      if (isDone) progress(false);
      return isDone;
    },
    onRecord: async (record) => {
      await models.get(record.contestant)?.close(record.index);
      await store.add(record);
      progress(true);
    },
    signal,
  });
  const records = store.results.records.filter(({ index }) =>
    index < episodes.length
  );
  const report = makeReport(records, {
    settings,
    episodes: episodes.length,
    contestants: [...contestants].map(([name, { label }]) => [name, label]),
    ...(models.size === 0 ? {} : {
      model: [...new Set([...models.values()].map(({ model }) => model))]
        .join(", "),
    }),
  });
  await keepReport(config.out, report);
  await writeOut(
    config.json ? `${JSON.stringify(report)}\n` : tableText(report),
  );
  return 0;
}

/** @throws {UsageError} If a name is wrong. */
function namesOf({ policy, policies }: Config): readonly string[] {
  const known = [...Object.keys(CONTESTANTS), ...Object.keys(MODEL_ROWS)];
  const names = policies ??
    (policy === undefined ? Object.keys(CONTESTANTS) : [policy]);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new UsageError(
      `Cannot evaluate ${wrong} as policies are ${known.join(", ")}`,
    );
  }
  return names;
}

/** Results in memory, and in `DIR/sessions.ndjson` if there is a folder. */
class ResultFile implements AsyncDisposable {
  readonly results: Results;
  readonly #file: Deno.FsFile | undefined;

  private constructor(results: Results, file: Deno.FsFile | undefined) {
    this.results = results;
    this.#file = file;
  }

  /** @throws {UsageError} If what is there is not to be gone on with. */
  static async open(
    folder: string | undefined,
    settings: Settings,
  ): Promise<ResultFile> {
    if (folder === undefined) {
      return new ResultFile(new Results(settings), undefined);
    }
    const path = join(folder, "sessions.ndjson");
    try {
      await Deno.mkdir(folder, { recursive: true });
      const text = await Deno.readTextFile(path).catch((fault) => {
        if (fault instanceof Deno.errors.NotFound) return "";
        throw fault;
      });
      const results = text === ""
        ? new Results(settings)
        : Results.parse(text, settings);
      // Whole lines alone: a line that was cut off is written again.
      await writeWhole(
        path,
        new TextEncoder().encode(
          results.header +
            results.records.map((record) => `${JSON.stringify(record)}\n`)
              .join(""),
        ),
      );
      return new ResultFile(results, await Deno.open(path, { append: true }));
    } catch (cause) {
      throw new UsageError(
        `Cannot go on in ${path}: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  async add(record: Parameters<Results["add"]>[0]): Promise<void> {
    let rest = new TextEncoder().encode(this.results.add(record));
    while (this.#file !== undefined && rest.length > 0) {
      rest = rest.subarray(await this.#file.write(rest));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#file?.close();
    return Promise.resolve();
  }
}

async function keepReport(
  folder: string | undefined,
  report: Report,
): Promise<void> {
  if (folder === undefined) return;
  const files = {
    "table.txt": tableText(report),
    "report.json": `${JSON.stringify(report, null, 2)}\n`,
    "plot.svg": plotSvg(report),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeWhole(join(folder, name), new TextEncoder().encode(text));
  }
}

/** Tells now and then how far it is; takes whether a session was run, or was there. */
function progressOf(all: number): (isNew: boolean) => void {
  const start = performance.now();
  let told = start;
  let done = 0;
  let run = 0;
  return (isNew) => {
    done++;
    if (isNew) run++;
    const now = performance.now();
    if (now - told < PROGRESS || run === 0) return;
    told = now;
    const left = (now - start) / run * (all - done) / 60_000;
    say(`${done} of ${all} sessions, about ${left.toFixed(1)} min left`);
  };
}
