import assert from "node:assert/strict";
import {
  pictureProtocol,
  pictureText,
} from "../../src/cli/terminal_picture.ts";

const chosen = (env: Record<string, string>): string | undefined =>
  pictureProtocol((variable) => env[variable]);

Deno.test("pictureProtocol: only what the environment tells, nothing under NO_COLOR or tmux", () => {
  assert.equal(chosen({}), undefined);
  assert.equal(chosen({ TERM: "xterm-256color" }), undefined);
  assert.equal(chosen({ TERM: "xterm-kitty" }), "kitty");
  assert.equal(chosen({ TERM: "xterm-ghostty" }), "kitty");
  assert.equal(chosen({ TERM_PROGRAM: "iTerm.app" }), "iterm2");
  assert.equal(chosen({ TERM: "xterm-kitty", NO_COLOR: "1" }), undefined);
  assert.equal(chosen({ TERM_PROGRAM: "WezTerm", TMUX: "x" }), undefined);
});

Deno.test("pictureText: kitty gets chunks of at most 4096 that add up; only the last says so", () => {
  const base64 = "QUJD".repeat(3000);
  const text = pictureText(base64, "kitty");
  // deno-lint-ignore no-control-regex
  const chunks = [...text.matchAll(/\x1b_G([^;]*);([^\x1b]*)\x1b\\/g)];
  assert.equal(chunks.map(([, , data]) => data).join(""), base64);
  assert.ok(chunks.every(([, , data]) => data!.length <= 4096));
  assert.deepEqual(
    chunks.map(([, keys]) => keys!.match(/m=(\d)/)![1]),
    ["1", "1", "0"],
  );
  assert.match(chunks[0]![1]!, /^a=T,f=100,/);
});

Deno.test("pictureText: iTerm2 gets one sequence", () => {
  assert.match(
    pictureText("QUJD", "iterm2"),
    // deno-lint-ignore no-control-regex
    /^\x1b\]1337;File=inline=1;[^:]*:QUJD\x07\n$/,
  );
});
