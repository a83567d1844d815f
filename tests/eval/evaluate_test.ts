/**
 * A small evaluation as CI can afford it: the command as it is typed, whole runs
 * judged, kept and gone on with.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { makeEpisodes } from "../../src/eval/episode.ts";
import type { SessionRecord } from "../../src/eval/metrics.ts";
import { Results } from "../../src/eval/results.ts";
import type { Report } from "../../src/eval/table.ts";

async function evaluate(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "cli.ts", "eval", ...args],
    cwd: new URL("../../", import.meta.url),
    env: { VLLM_BASE_URL: "", NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("a small evaluation judges, keeps its results and goes on with them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const args = ["--episodes=2", "--max-steps=10", `--out=${folder}`];
    const first = await evaluate(
      ...args,
      "--policies=oracle,random",
      "--json",
    );
    assert.equal(first.code, 0, first.stderr);
    const report: Report = JSON.parse(first.stdout);
    const [oracle, random] = report.summaries;
    assert.equal(oracle!.contestant, "oracle");
    assert.equal(oracle!.sessions, 2);
    assert.equal(oracle!.success.value, 1);
    assert.ok(oracle!.spl.value > 0.9, `${oracle!.spl.value}`);
    assert.equal(oracle!.falseFinds.value, 0);
    assert.equal(random!.success.value, 0);
    assert.ok(random!.coverage.value > 0.1);
    assert.match(report.notes.join(" "), /No vision-language model was asked/);

    // The same again, and one more policy: nothing that is there is run anew.
    const path = join(folder, "sessions.ndjson");
    const before = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, `${before}{"contestant":"cut of`);
    const second = await evaluate(...args, "--policies=oracle,random,detector");
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /explorer \(simulated detector\)/);
    const after = await Deno.readTextFile(path);
    assert.ok(after.startsWith(before));
    assert.equal(after.trimEnd().split("\n").length, 1 + 6);
    const svg = await Deno.readTextFile(join(folder, "plot.svg"));
    assert.match(svg, /<svg [^]*explorer \(simulated detector\)[^]*<\/svg>/);

    const other = await evaluate("--episodes=2", `--out=${folder}`);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /maxSteps 10, not 15/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("wrong names and a missing endpoint are said", async () => {
  const wrong = await evaluate("--policies=oracle,nobody");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Cannot evaluate nobody as policies are random,/);
  const lonely = await evaluate("--policy=vlm");
  assert.equal(lonely.code, 2);
  assert.match(lonely.stderr, /no endpoint/);
});

Deno.test("lists of episodes are fixed, mixed, and grow at their end", () => {
  const episodes = makeEpisodes(100, 1);
  assert.deepEqual(episodes, makeEpisodes(300, 1).slice(0, 100));
  assert.equal(new Set(episodes.map(({ seed }) => seed)).size, 100);
  const count = (
    holds: (episode: typeof episodes[number]) => boolean,
  ): number => episodes.filter(holds).length;
  assert.equal(count(({ target }) => target === "present"), 70);
  assert.equal(count(({ target }) => target === "absent"), 15);
  assert.equal(count(({ target }) => target === "look-alikes"), 15);
  for (let rooms = 2; rooms <= 6; rooms++) {
    assert.equal(count((episode) => episode.rooms === rooms), 20);
    const present = count((episode) =>
      episode.rooms === rooms && episode.target === "present"
    );
    assert.equal(present, 14);
  }
  const others = new Set(makeEpisodes(100, 2).map(({ seed }) => seed));
  assert.ok(episodes.every(({ seed }) => !others.has(seed)));
});

Deno.test("results are read as they were written, and refused where they do not fit", () => {
  const settings = { seed: 1, agents: 2, maxSteps: 15 };
  const results = new Results(settings);
  const record: SessionRecord = {
    contestant: "oracle",
    index: 3,
    rooms: 4,
    target: "absent",
    end: "none",
    steps: 15,
    looks: 30,
    walked: null,
    shortest: null,
    sighted: false,
    coverage: 0.5,
    ms: 12.5,
    tokens: 0,
  };
  const text = results.header + results.add(record);
  const read = Results.parse(`${text}{"contestant":`, settings);
  assert.deepEqual(read.records, [record]);
  assert.ok(read.has("oracle", { index: 3 }));
  assert.ok(!read.has("oracle", { index: 4 }));
  assert.throws(
    () => Results.parse(text, { ...settings, agents: 4 }),
    /agents 2, not 4/,
  );
  assert.throws(
    () => Results.parse(`${results.header}{"contestant":"x"}\n`, settings),
    /expected/,
  );
  assert.throws(() => Results.parse("nonsense\n", settings), /does not begin/);
});
