/** The rows of the table for which a model is asked, against a fake endpoint. */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Report } from "../../src/eval/table.ts";
import { parseRecording } from "../../src/vlm/recording.ts";
import { startFakeVllm } from "../fake_vllm/fake_vllm.ts";

Deno.test("a model's rows name it, count its tokens and keep each session's exchanges", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using fake = await startFakeVllm({
      script: { otherwise: { behave: "go" } },
    });
    const evaluate = async (episodes: number): Promise<Report> => {
      const { code, stdout, stderr } = await new Deno.Command(
        Deno.execPath(),
        {
          args: [
            "run",
            "--allow-all",
            "cli.ts",
            "eval",
            "--policies=vlm,vlm-waypoints",
            `--base-url=${fake.url}`,
            `--episodes=${episodes}`,
            "--max-steps=2",
            `--out=${folder}`,
            "--json",
          ],
          cwd: new URL("../../", import.meta.url),
        },
      ).output();
      const text = new TextDecoder();
      assert.equal(code, 0, text.decode(stderr));
      return JSON.parse(text.decode(stdout));
    };
    const { summaries, notes } = await evaluate(1);
    assert.deepEqual(summaries.map(({ label }) => label), [
      "vision-language model, poses",
      "vision-language model, numbered ways",
    ]);
    assert.match(notes.join(" "), /Model, as its endpoint calls it: tiny\./);
    const read = async (row: string): Promise<string> =>
      await Deno.readTextFile(join(folder, row, "000.jsonl"));
    const [poses, ways] = await Promise.all(
      ["vlm", "vlm-waypoints"].map(read),
    );
    for (
      const [text, schema] of [
        [poses!, "decision"],
        [ways!, "waypoint_decision"],
      ] as const
    ) {
      const { lines } = parseRecording(text);
      const asked = lines.filter((line) => "request" in line);
      assert.ok(asked.length >= 4);
      assert.ok(asked.every(({ request }) => request.schema === schema));
    }
    // A longer list goes on where the shorter one ended.
    await evaluate(2);
    assert.equal(await read("vlm"), poses);
    const kept = [...Deno.readDirSync(join(folder, "vlm"))];
    assert.deepEqual(kept.map(({ name }) => name).sort(), [
      "000.jsonl",
      "001.jsonl",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
