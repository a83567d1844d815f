import assert from "node:assert/strict";
import type { AgentEvent } from "../../src/events/event.ts";
import { recordedRun } from "../results/recorded.ts";
import { dataLines } from "../sse.ts";
import { cli, cliPath } from "./process.ts";

const NDJSON = recordedRun().events
  .map(({ event }) => `${JSON.stringify(event)}\n`).join("");

async function inFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("replay prints the lines as they were and ends as the run did", () =>
  inFolder(async (folder) => {
    const file = `${folder}/some.ndjson`;
    await Deno.writeTextFile(file, NDJSON);
    const { code, lines, stderr } = await cli(
      ["replay", file, "--speed=1000"],
      { permissions: [`--allow-read=${folder}`] },
    );
    assert.equal(code, 0, stderr);
    assert.equal(lines.map(({ text }) => `${text}\n`).join(""), NDJSON);
  }));

Deno.test("replay tells why all agents failed, and no terminal acts on it", () =>
  inFolder(async (folder) => {
    const file = `${folder}/some.ndjson`;
    const message = "the server says \u001b]0;owned\u0007";
    const events: AgentEvent[] = [
      {
        type: "agent_started",
        agent_id: 0,
        start_pose: { x: 0, y: 0, z: 0, yaw: 0 },
      },
      { type: "error", agent_id: 0, message },
      {
        type: "session_complete",
        winner_agent_id: null,
        description: "No target found",
      },
    ];
    await Deno.writeTextFile(
      file,
      events.map((event) => `${JSON.stringify(event)}\n`).join(""),
    );
    const { code, stderr } = await cli(["replay", file], {
      permissions: [`--allow-read=${folder}`],
    });
    assert.equal(code, 2);
    assert.equal(
      stderr,
      "splatscout: the server says \\u001b]0;owned\\u0007\n",
    );
  }));

Deno.test("replay keeps the run's own times", () =>
  inFolder(async (folder) => {
    const found = await cli(
      [
        "the purple elephant",
        "--max-steps=2",
        "--size=128",
        `--out=${folder}/run`,
      ],
      { permissions: [`--allow-write=${folder}`] },
    );
    assert.equal(found.code, 1, found.stderr);
    const { times } = JSON.parse(
      await Deno.readTextFile(`${folder}/run/run.json`),
    ) as { times: number[] };
    const { code, lines } = await cli(
      ["replay", `${folder}/run`, "--speed=0.1"],
      { permissions: [`--allow-read=${folder}`] },
    );
    assert.equal(code, 1);
    assert.deepEqual(
      lines.map(({ text }) => text),
      found.lines.map(({ text }) => text),
    );
    // Ten times as long from first to last; the start of the process is not part of it.
    const span = (values: number[]): number => values.at(-1)! - values[0]!;
    const played = span(lines.map(({ at }) => at));
    assert.ok(played > 8 * span(times), `${played} ms of ${span(times)}`);
  }));

Deno.test("replay refuses what is no recording, by file and line", () =>
  inFolder(async (folder) => {
    const file = `${folder}/events.ndjson`;
    const refused = async (text: string, message: RegExp): Promise<void> => {
      await Deno.writeTextFile(file, text);
      const { code, lines, stderr } = await cli(["replay", folder], {
        permissions: [`--allow-read=${folder}`],
      });
      assert.equal(code, 2);
      assert.deepEqual(lines, []);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    };
    await refused("", /events\.ndjson as it must hold one event a line/);
    await refused(`${NDJSON}{"type":`, /line 10 must be JSON/);
    await refused(
      NDJSON.replace('"agent_id":1', '"agent_id":"x"'),
      /line 2 must be an event: agent_id/,
    );
    const missing = await cli(["replay", `${folder}/none`], {
      permissions: ["--allow-read"],
    });
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /no such file or folder/);
    const denied = await cli(["replay", folder]);
    assert.equal(denied.code, 2);
    assert.match(denied.stderr, /--allow-read=/);
  }));

/** Plays `path` on the page, and stops when `test` has ended. */
async function onPage(
  path: string,
  test: (page: {
    readonly base: string;
    readonly id: string;
    /** What was said before the address. */
    readonly said: string;
  }) => Promise<void>,
  ...flags: string[]
): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", cliPath, "replay", path]
      .concat("--serve", "--port=0", "--speed=1000", ...flags),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const lines = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let said = "";
    let address: RegExpMatchArray | null = null;
    while (address === null) {
      const { value, done } = await lines.read();
      assert.equal(done, false, said);
      said += value;
      address = said.match(/playing at (\S+)#\/sessions\/(\w+)/);
    }
    const [, base = "", id = ""] = address;
    await test({ base, id, said });
  } finally {
    child.kill("SIGTERM");
    await lines.cancel();
  }
  assert.equal((await child.status).code, 0);
}

Deno.test("replay --serve plays the run as a session of the page, with map and report", () =>
  inFolder(async (folder) => {
    const found = await cli(
      ["the purple elephant", "--max-steps=2", `--out=${folder}/run`],
      { permissions: ["--allow-all"] },
    );
    assert.equal(found.code, 1, found.stderr);
    await onPage(`${folder}/run`, async ({ base, id }) => {
      const stream = await fetch(`${base}sessions/${id}/stream`);
      const told = dataLines(await stream.text());
      assert.deepEqual(told, found.lines.map(({ text }) => text));
      const map = await (await fetch(`${base}map`)).json();
      assert.ok(map.metres_per_pixel > 0);
      const report = await (await fetch(`${base}sessions/${id}/report`)).text();
      assert.match(report, /<h1>the purple elephant<\/h1>/);
      assert.match(report, /<mask id="unseen">/);
    });
  }));

Deno.test("replay --serve plays a run that was killed by its events alone, and says what is missing", () =>
  inFolder(async (folder) => {
    const lines = NDJSON.split("\n").slice(0, 5);
    await Deno.writeTextFile(
      `${folder}/events.ndjson`,
      `${lines.join("\n")}\n`,
    );
    await onPage(folder, async ({ base, id, said }) => {
      assert.match(said, /no run\.json that describes it: .* without/);
      const stream = await fetch(`${base}sessions/${id}/stream`);
      const told = dataLines(await stream.text());
      assert.deepEqual(told.slice(0, lines.length), lines);
      assert.equal(JSON.parse(told.at(-1)!).type, "session_complete");
      const { bounds } = await (await fetch(`${base}scene`)).json();
      for (const line of lines) {
        const told = JSON.parse(line);
        const { x, y } = told.start_pose ?? told.pose;
        assert.ok(bounds.min[0] < x && x < bounds.max[0], line);
        assert.ok(bounds.min[1] < y && y < bounds.max[1], line);
      }
      // The page shows an outline then.
      const map = await fetch(`${base}map`);
      assert.equal(map.status, 404);
      await map.body?.cancel();
      const report = await fetch(`${base}sessions/${id}/report`);
      assert.match(await report.text(), /broke off/);
    });
  }));

Deno.test("replay --serve that is stopped waits for nobody", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/events.ndjson`, NDJSON);
    let stopped = 0;
    await onPage(folder, async ({ base, id }) => {
      const view = await fetch(`${base}sessions/${id}`);
      assert.equal((await view.json()).status, "running");
      stopped = performance.now();
    }, "--speed=0.01");
    const took = performance.now() - stopped;
    assert.ok(
      took < 10_000,
      `${took} ms, of two minutes that are left to play`,
    );
  }));

Deno.test("replay --serve beyond loopback wants a token, and takes one", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/events.ndjson`, NDJSON);
    const args = ["replay", folder, "--serve", "--host=0.0.0.0", "--port=0"];
    const bare = await cli(args, { permissions: ["--allow-all"] });
    assert.equal(bare.code, 2);
    assert.match(bare.stderr, /without a token .* give --token/);
    await onPage(
      folder,
      async ({ base, id }) => {
        const url = `${base}sessions/${id}`;
        const refused = await fetch(url);
        assert.equal(refused.status, 401);
        await refused.body?.cancel();
        const shown = await fetch(url, {
          headers: { Authorization: "Bearer a-token" },
        });
        assert.equal(shown.status, 200);
        await shown.body?.cancel();
      },
      "--host=0.0.0.0",
      "--token=a-token",
    );
  }));
