import assert from "node:assert/strict";
import { makeDemoScene } from "../../src/scene/demo_scene.ts";
import { contractViolations } from "../agent/fakes.ts";
import { ignoreShared, sharedScene } from "../shared.ts";
import { temporary } from "../temporary.ts";
import {
  cli,
  cliPath,
  ignoreTerminal,
  onTerminal,
  parseEvents,
} from "./process.ts";

Deno.test("find needs no permission, finds the red chair and prints events as they happen", async () => {
  const { code, lines, stderr } = await cli(["find the red chair"]);
  const events = parseEvents(lines);
  assert.equal(code, 0, stderr);
  assert.deepEqual(contractViolations(events, 2), []);
  const complete = events.at(-1)!;
  assert.ok(complete.type === "session_complete");
  assert.notEqual(complete.winner_agent_id, null);
  const stepTimes = lines.filter((_, index) =>
    events[index]!.type === "agent_step"
  ).map(({ at }) => at);
  const span = stepTimes.at(-1)! - stepTimes[0]!;
  const gaps = stepTimes.slice(1).map((at, index) => at - stepTimes[index]!);
  assert.ok(
    Math.max(...gaps) < 0.6 * span,
    `steps came in a batch: ${stepTimes.map(Math.round)}`,
  );
  assert.match(stderr, /VLM endpoint/);
});

Deno.test("find ends with code 1 after all steps where nothing can be found", async () => {
  const { code, lines } = await cli([
    "find",
    "the",
    "purple",
    "elephant",
    "--size=256",
  ]);
  const events = parseEvents(lines);
  assert.equal(code, 1);
  assert.equal(
    events.filter(({ type }) => type === "agent_step").length,
    2 * 15,
  );
  assert.deepEqual(events.at(-1), {
    type: "session_complete",
    winner_agent_id: null,
    description: "No target found",
  });
});

Deno.test("find closes all agents and ends with 130 on Ctrl-C", async () => {
  const { code, lines } = await cli(["the purple elephant"], {
    interruptAfter: 4,
  });
  const events = parseEvents(lines);
  assert.equal(code, 130);
  assert.deepEqual(contractViolations(events, 2), []);
  assert.ok(events.filter(({ type }) => type === "agent_step").length < 30);
});

Deno.test("find ends quietly and soon when its reader leaves", async () => {
  using folder = temporary();
  // The shell waits for both ends of the pipe.
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `"$0" run --allow-env --allow-write "$1" "the purple elephant" --max-steps=100 --out="$2" | head -n 1`,
      Deno.execPath(),
      cliPath,
      folder.path,
    ],
    env: { NO_COLOR: "1", VLLM_BASE_URL: "" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(JSON.parse(text).type, "agent_started");
  const kept = await Deno.readTextFile(`${folder.path}/events.ndjson`);
  const steps = kept.split("\n").filter((line) => line.includes("agent_step"));
  assert.ok(steps.length < 100, `${steps.length} of 200 steps`);
  assert.doesNotMatch(
    new TextDecoder().decode(stderr),
    /BrokenPipe|Uncaught|splatscout:/,
  );
});

Deno.test({
  name: "find prompts for nothing on a terminal",
  ignore: ignoreTerminal,
  fn: async () => {
    const args = ["find the red chair", "--size=256", "--agents=1"];
    const { code, text } = await onTerminal(["run", cliPath, ...args]);
    assert.doesNotMatch(text, /Allow\?|requests/);
    assert.match(text, /session_complete/);
    assert.equal(code, 0);
  },
});

const folder = await Deno.makeTempDir();
const empty = `${folder}/empty.ply`;
const mesh = `${folder}/mesh.ply`;
await Deno.writeFile(empty, new Uint8Array());
await Deno.writeTextFile(
  mesh,
  "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\nelement face 0\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n",
);
const nothing = `${folder}/nothing`;
Deno.mkdirSync(nothing);
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

Deno.test.each([
  { name: "no query", args: [], expected: /query must have/ },
  { name: "an unknown flag", args: ["x", "--bogus"], expected: /--bogus/ },
  {
    name: "a wrong number",
    args: ["x", "--agents=0"],
    expected: /1 to 16.*"0"/,
  },
  {
    name: "a start that is no pose",
    args: ["x", "--start=1,2"],
    expected: /--start/,
  },
  {
    name: "a missing file",
    args: ["x", "--scene=/nowhere.ply"],
    expected: /nowhere\.ply/,
  },
  {
    name: "a folder without a scene",
    args: ["x", `--scene=${nothing}`],
    expected: /must hold|scene/,
  },
  {
    name: "an empty file",
    args: ["x", `--scene=${empty}`],
    expected: /empty\.ply/,
  },
  {
    name: "a mesh",
    args: ["x", `--scene=${mesh}`],
    expected: /mesh\.ply.*ply/,
  },
  {
    name: "a policy without endpoint",
    args: ["x", "--policy=vlm"],
    expected: /--base-url/,
  },
  {
    name: "a recording that is not there",
    args: ["x", "--replay=/nowhere.jsonl"],
    expected: /Cannot replay \/nowhere\.jsonl: .*no such file/i,
  },
  {
    name: "to record where no model is asked",
    args: ["x", "--record=/tmp/x.jsonl"],
    expected: /Cannot record as no model is asked: give --base-url/,
  },
  {
    name: "to record and replay at once",
    args: ["x", "--record=/tmp/x.jsonl", "--replay=/tmp/y.jsonl"],
    expected: /Cannot record what is replayed: .*--record or --replay/,
  },
  {
    name: "to replay for a policy that asks no model",
    args: ["x", "--replay=/tmp/y.jsonl", "--policy=baseline"],
    expected: /Cannot replay .*--policy baseline/,
  },
  {
    name: "a recording that cannot be written",
    args: ["x", "--record=/nowhere/x", "--base-url=http://127.0.0.1:1/v1"],
    expected: /Cannot record into \/nowhere\/x: .*no such file/i,
  },
])("find refuses $name in one line with code 2", async ({ args, expected }) => {
  const { code, lines, stderr } = await cli(args, {
    permissions: ["--allow-read", "--allow-write", "--allow-net"],
  });
  assert.equal(code, 2, stderr);
  assert.deepEqual(lines, []);
  assert.match(stderr, expected);
  assert.equal(stderr.trim().split("\n").length, 1, stderr);
});

Deno.test("find names the flag of a permission that is not granted", async () => {
  for (
    const [args, flag] of [
      [["--scene=some.ply"], "--allow-read"],
      [["--out=somewhere"], "--allow-write"],
      [["--base-url=http://127.0.0.1:9/v1"], "--allow-net"],
    ] as const
  ) {
    const { code, lines, stderr } = await cli(["x", ...args]);
    assert.equal(code, 2);
    assert.deepEqual(lines, []);
    assert.match(stderr, new RegExp(flag));
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
});

Deno.test({
  name: "find runs to its end on every plain .ply of the shared scenes",
  ignore: ignoreShared,
  async fn(test): Promise<void> {
    for (
      const name of [
        "leica-sofort-top8192.ply",
        "train-1000.ply",
        "gsplat-rs-minimal-ascii.ply",
        "animu-degree-3-sh.ply",
        "animu-reordered-properties.ply",
      ]
    ) {
      await test.step(name, async () => {
        const { code, lines, stderr } = await cli([
          "find the red chair",
          `--scene=${sharedScene(name)}`,
          "--size=256",
          "--max-steps=4",
        ], { permissions: ["--allow-read"] });
        assert.ok(code === 0 || code === 1, stderr);
        assert.deepEqual(contractViolations(parseEvents(lines), 2), []);
      });
    }
  },
});

Deno.test("find keeps views and events with --out", async () => {
  const out = await Deno.makeTempDir();
  try {
    const { code, lines } = await cli([
      "the purple elephant",
      `--out=${out}`,
      "--max-steps=2",
    ], { permissions: [`--allow-write=${out}`] });
    assert.equal(code, 1);
    assert.equal(
      await Deno.readTextFile(`${out}/events.ndjson`),
      lines.map(({ text }) => text + "\n").join(""),
    );
    const views = [...Deno.readDirSync(`${out}/views`)].map(({ name }) => name);
    assert.deepEqual(views.sort(), [
      "agent-0-step-00.png",
      "agent-0-step-01.png",
      "agent-1-step-00.png",
      "agent-1-step-01.png",
    ]);
    const png = await Deno.readFile(`${out}/views/agent-1-step-01.png`);
    const header = new DataView(png.buffer);
    assert.deepEqual([header.getUint32(16), header.getUint32(20)], [512, 512]);
    const names = [...Deno.readDirSync(out)].map(({ name }) => name);
    assert.deepEqual(names.filter((name) => name.endsWith(".part")), []);
    for (
      const name of [
        "agent-0.supersplat.json",
        "agent-0.tum.txt",
        "agent-1.supersplat.json",
        "agent-1.tum.txt",
        "map.png",
        "path.csv",
        "report.html",
        "result.json",
        "run.json",
        "transforms.json",
      ]
    ) assert.ok(names.includes(name), name);
    // What the folder says the cameras were is what they were.
    const again = await cli([
      "render",
      `--cameras=${out}/transforms.json`,
      `--out=${out}/again`,
    ], { permissions: ["--allow-all"] });
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(
      await Deno.readFile(`${out}/again/agent-1-step-01.png`),
      png,
    );
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test("find tells in result.json where the target is and how to get there", async () => {
  const out = await Deno.makeTempDir();
  try {
    const { code } = await cli(["find the red chair", `--out=${out}`], {
      permissions: [`--allow-write=${out}`],
    });
    assert.equal(code, 0);
    const result = JSON.parse(await Deno.readTextFile(`${out}/result.json`));
    assert.equal(result.query, "find the red chair");
    assert.equal(result.found, true);
    const { x, y, z } = result.position;
    const words = [x, y, z].map((value) => value.toFixed(2)).join(", ");
    assert.ok(result.description.includes(`At (${words})`));
    assert.match(result.description, /The way there: \d+\.\d m .*\.$/);
    const { box: { min, max } } = makeDemoScene(1).truth.find(({ name }) =>
      name === "red chair"
    )!;
    [x, y, z].forEach((value, axis) =>
      assert.ok(value > min[axis as 0] - 0.1 && value < max[axis as 0] + 0.1)
    );
    assert.deepEqual(Object.keys(result.view.pose), ["x", "y", "z", "yaw"]);
    assert.equal(result.view.box.length, 4);
    // The baseline's claims are not checked, and it says so.
    assert.equal(result.verified, false);
    assert.equal(result.confidence, 0.5);
    const [first, last] = [result.path[0], result.path.at(-1)];
    assert.ok(Math.hypot(first.x, first.y) < 0.15, "from the start");
    assert.ok(Math.hypot(last.x - x, last.y - y) < 1, "to the target");
    assert.ok(result.path_length >= Math.hypot(last.x, last.y) - 0.15);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test({
  name: "find says which file a full disk did not take",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const out = await Deno.makeTempDir();
    try {
      await Deno.symlink("/dev/full", `${out}/events.ndjson`);
      const { code, stderr } = await cli([
        "the purple elephant",
        `--out=${out}`,
        "--max-steps=1",
        "--size=64",
      ], { permissions: ["--allow-all"] });
      assert.equal(code, 2);
      assert.match(stderr, /Cannot write \S+events\.ndjson: No space left/);
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  },
});
