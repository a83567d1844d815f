import assert from "node:assert/strict";
import { COMMANDS, optionsOf } from "../../src/config/mod.ts";
import { cli } from "./process.ts";

async function script(shell: string): Promise<string> {
  const { code, lines, stderr } = await cli(["completions", shell]);
  assert.equal(code, 0, stderr);
  return lines.map(({ text }) => `${text}\n`).join("");
}

/** What bash offers after `words`, the last of which is being written. */
async function offers(...words: string[]): Promise<string[]> {
  const code = `${await script("bash")}
COMP_WORDS=(splatscout "$@"); COMP_CWORD=$#
_splatscout; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["--norc", "-c", code, "bash", ...words],
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean);
}

Deno.test({
  name: "completions: bash offers commands, options and values",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    assert.deepEqual(await offers("ins"), ["inspect"]);
    assert.deepEqual(await offers("serve", "--max-q"), ["--max-queued"]);
    assert.deepEqual(await offers("find", "x", "--policy", ""), [
      "vlm",
      "baseline",
    ]);
    assert.deepEqual(await offers("render", "--max-q"), []);
    assert.deepEqual(await offers("inspect", "x", "--map", "/et"), ["/etc"]);
  },
});

Deno.test("completions: every command and option is in every script", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const text = await script(shell);
    for (const command of COMMANDS) {
      assert.ok(text.includes(command), `${shell}: ${command}`);
      for (const { flag } of optionsOf(command)) {
        if (flag) assert.ok(text.includes(flag), `${shell}: --${flag}`);
      }
    }
  }
});

Deno.test("completions: another shell is refused by name", async () => {
  // One of them is a word that every object knows.
  for (const shell of ["tcsh", "constructor"]) {
    const { code, stderr } = await cli(["completions", shell]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      new RegExp(`must be one of bash, zsh, fish: .*"${shell}"`),
    );
  }
});
