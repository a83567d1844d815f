/**
 * What the server holds under load, against its targets: sessions, readers,
 * bursts, memory, stalled and hostile clients, restarts, fairness.
 *
 *     deno task bench:serve [--tries 3] [--only fan-out,burst]
 *
 * Each figure is the best of its tries: clients and server share the machine,
 * whose noise only ever adds. Runs are scripted (tests/server/scripted_server.ts),
 * but for those of the first figure, which are real ones against a fake model.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { writeOut } from "../src/cli/terminal.ts";
import { chosenOf } from "./only.ts";
import { healthyLatency, junkOnStreams, openHalf } from "./serve_hostile.ts";
import { fairShare } from "./serve_fairness.ts";
import { lateness, leave, sessionsAtOnce } from "./serve_latency.ts";
import {
  fanOut,
  memoryAReader,
  type Readers,
  withStalled,
} from "./serve_fan_out.ts";
import { readyWithLogs } from "./serve_restart.ts";

/** One figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** At most this. */
  readonly target: number;
  /** What else was seen. */
  readonly note?: string;
}

const p99 = (name: string, target: number, readers: Readers): Figure => ({
  name,
  value: readers.p99,
  unit: "ms",
  target,
  note: `p50 ${readers.p50}, max ${readers.max}; ${
    readers.complete === readers.readers && readers.contents === 1 &&
      readers.lengths === 1
      ? "all complete, byte-identical"
      : `${readers.complete} of ${readers.readers} complete, ${readers.contents} contents, ${readers.lengths} lengths`
  }`,
});

/** The figures by group; each group is tried as a whole. */
const groups: Record<string, () => Promise<Figure[]>> = {
  "sessions": async () => [await sessionsAtOnce(100)],
  "latency": async () => [await lateness(), await leave()],
  "fan-out": async () => [
    p99(
      "1,000 readers of one session, 2 kB events at 10/s: p99",
      100,
      await fanOut({ readers: 1_000, bytes: 1_800, perSecond: 10, seconds: 8 }),
    ),
    p99(
      "5,000 readers, 200-byte events at 2/s: p99",
      100,
      await fanOut({ readers: 5_000, bytes: 20, perSecond: 2, seconds: 12 }),
    ),
    p99(
      "1,000 readers, 60 kB events at 5/s: p99",
      60,
      await fanOut({
        readers: 1_000,
        bytes: 60_000,
        perSecond: 5,
        seconds: 8,
      }),
    ),
  ],
  "burst": async () => {
    const readers = await fanOut({
      readers: 5_000,
      bytes: 20,
      perSecond: Infinity,
      events: 1_000,
    });
    return [{
      name: "1,000 small events at once to 5,000 readers",
      value: readers.span / 1000,
      unit: "s",
      target: 3,
      note: `${readers.complete} of ${readers.readers} complete`,
    }];
  },
  "memory": async () => [await memoryAReader()],
  "stalled": withStalled,
  "hostile": async () => [
    await openHalf(10_000),
    await junkOnStreams(500_000_000),
    await healthyLatency(),
  ],
  "restart": async () => [await readyWithLogs(1_000_000_000)],
  "fairness": async () => [await fairShare()],
};

/** Groups that compare the best of several rounds of their own: one try is enough. */
const withRounds = new Set(["stalled"]);

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      tries: { type: "string", default: "3" },
      only: { type: "string" },
    },
  });
  const chosen = chosenOf(values.only, Object.keys(groups));
  const say = (line: string): Promise<void> => writeOut(`${line}\n`);
  await say("| figure | best | target | | seen |\n|---|---|---|---|---|");
  for (const [group, measure] of Object.entries(groups)) {
    if (!chosen.includes(group)) continue;
    const tries: Figure[][] = [];
    const count = withRounds.has(group) ? 1 : Number(values.tries);
    for (let i = 0; i < count; i++) tries.push(await measure());
    for (const [i, { name, unit, target }] of tries[0]!.entries()) {
      const best = tries.map((figures) => figures[i]!)
        .reduce((a, b) => b.value < a.value ? b : a);
      const number = Math.round(best.value * 100) / 100;
      const verdict = best.value <= target ? "holds" : "MISSED";
      await say(
        `| ${name} | ${number} ${unit} | ${target} ${unit} | ${verdict} | ${
          best.note ?? ""
        } |`,
      );
    }
  }
}
