/** What holds for every command. */

import assert from "node:assert/strict";
import { VERSION } from "../../src/version.ts";
import { cli, cliPath } from "./process.ts";

Deno.test.each([
  { args: ["render", "hall.ply", "--pose=0,0,0,0", "--out=view.png"] },
  { args: ["serve", "hall.ply", "--port=0"] },
  { args: ["mcp", "hall.ply"] },
  { args: ["doctor", "hall.ply"] },
])(
  "$args.0 refuses a scene that is no option, and says how to give it",
  async ({ args }) => {
    const { code, lines, stderr } = await cli(args, {
      permissions: ["--allow-all"],
    });
    assert.equal(code, 2, stderr);
    assert.deepEqual(lines, []);
    assert.match(stderr, /^splatscout: Cannot \w+ hall\.ply .*--scene FILE\n$/);
  },
);

Deno.test("eval refuses words, and does not speak of an option that it lacks", async () => {
  const { code, stderr } = await cli(["eval", "hall.ply"]);
  assert.equal(code, 2);
  assert.match(stderr, /^splatscout: Cannot eval hall\.ply .*--help/);
  assert.doesNotMatch(stderr, /--scene/);
});

Deno.test("--version names the version, and needs no permission", async () => {
  const { code, lines, stderr } = await cli(["--version"]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(lines.map(({ text }) => text), [`splatscout ${VERSION}`]);
});

Deno.test({
  name: "a reader that leaves is no fault of any command",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    for (const args of ["--help", "completions bash", "doctor --backend=cpu"]) {
      const { stdout, stderr } = await new Deno.Command("bash", {
        args: [
          "-c",
          `"$0" run "$1" ${args} | true; echo "\${PIPESTATUS[0]}"`,
          Deno.execPath(),
          cliPath,
        ],
        env: { NO_COLOR: "1" },
      }).output();
      assert.equal(new TextDecoder().decode(stderr), "", args);
      assert.equal(new TextDecoder().decode(stdout), "0\n", args);
    }
  },
});

Deno.test("serve asks for every permission before it starts, and prompts later for none", async () => {
  const { code, stderr } = await cli([
    "serve",
    "--port=0",
    "--base-url=http://192.0.2.1:8123/v1",
  ], { permissions: ["--allow-net=127.0.0.1:0"] });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /--allow-net=192\.0\.2\.1:8123/);
});

Deno.test("what cannot be listened on is refused with its mend", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (
    const [flag, expected] of [
      [`--port=${taken.addr.port}`, /Cannot listen on .*in use.*--port/],
      ["--host=foo bar", /--host as it must be a host name or address/],
    ] as const
  ) {
    const { code, stderr } = await cli(["serve", flag], {
      permissions: ["--allow-all"],
    });
    assert.equal(code, 2, stderr);
    assert.match(stderr, expected);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
});
