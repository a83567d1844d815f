/** Every command of README and docs does what it says, in a folder of its own. */

import assert from "node:assert/strict";
import { plyOf } from "../../bench/ply.ts";
import { makeRoom } from "../../bench/room.ts";
import { startFakeVllm } from "../fake_vllm/fake_vllm.ts";
import { type Block, shellBlocks, userPages } from "./blocks.ts";

const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** What a page may tell people to run and a test must not: itself. */
const LEFT_OUT = /^(npx -y deno@\S+|deno) task (test|ok)$/;

/** The program as commands find it: a folder with links to the sources and scans. */
async function makeFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "splatscout-docs-" });
  for (
    const name of ["deno.json", "deno.lock", "cli.ts", "main.ts"]
      .concat("src", "shaders", "tests", "bench")
  ) await Deno.symlink(root + name, `${folder}/${name}`);
  const scan = plyOf(makeRoom(3_000));
  for (const name of ["scan.ply", "hall.ply"]) {
    await Deno.writeFile(`${folder}/${name}`, scan);
  }
  const programs = {
    deno: `exec ${Deno.execPath()} "$@"`,
    npx: `shift 2; exec ${Deno.execPath()} "$@"`, // -y deno@2.9.6
    splatscout: `exec ${Deno.execPath()} run --allow-all ${folder}/cli.ts "$@"`,
    jq: "exec cat",
  };
  await Deno.mkdir(`${folder}/bin`);
  for (const [name, text] of Object.entries(programs)) {
    await Deno.writeTextFile(`${folder}/bin/${name}`, `#!/bin/sh\n${text}\n`, {
      mode: 0o755,
    });
  }
  return folder;
}

/** A port that is free now. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

const SERVER = /^(\w+=\S+ )*(deno task serve|splatscout serve)\b/;

/** What bash runs for a block: servers beside the other commands, each of which must end well. */
function scriptOf({ commands }: Block, model: string): string {
  const port = freePort();
  const lines = ['trap "kill \\$server 2>/dev/null; wait" EXIT'];
  for (const command of commands) {
    if (LEFT_OUT.test(command)) continue;
    const local = command
      .replaceAll("http://gpu-box:8000", model)
      .replaceAll("127.0.0.1:8000", `127.0.0.1:${port}`);
    if (SERVER.test(local)) {
      lines.push(
        `${local} --port ${port} 2>server.log & server=$!`,
        `for i in $(seq 300); do curl -so /dev/null http://127.0.0.1:${port}/health && break; kill -0 $server || { cat server.log >&2; exit 9; }; sleep 0.1; done`,
      );
      continue;
    }
    // A search that finds nothing ends with 1, and has worked all the same.
    const most = /\b(splatscout "|task find|cli\.ts "find|replay run)/
        .test(local)
      ? 1
      : 0;
    lines.push(
      local,
      `code=$?; [ $code -le ${most} ] || { echo "exit code $code: ${
        local.replaceAll(/["$`\\]/g, " ")
      }" >&2; exit 8; }`,
    );
  }
  return lines.join("\n");
}

Deno.test({
  name: "commands of README and docs",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    await using model = await startFakeVllm({
      models: ["Qwen/Qwen3-VL-8B-Instruct"],
    });
    const folder = await makeFolder();
    try {
      const blocks = await shellBlocks();
      assert.ok(blocks.length >= 12);
      for (const block of blocks) {
        await t.step(`${block.file}:${block.line}`, async () => {
          const { code, stderr } = await new Deno.Command("bash", {
            args: ["-c", scriptOf(block, model.url)],
            cwd: folder,
            env: {
              PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
              NO_COLOR: "1",
            },
            stdin: "null",
            stdout: "null",
          }).output();
          assert.equal(code, 0, new TextDecoder().decode(stderr));
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("links between the pages lead somewhere", async () => {
  const pages = [...await userPages(), "ARCHITECTURE.md", "CONTRIBUTING.md"];
  assert.ok(pages.length >= 10);
  for (const page of pages) {
    const text = await Deno.readTextFile(root + page);
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      const path = new URL(target!, new URL(page, `file://${root}`));
      await assert.doesNotReject(Deno.stat(path), `${page}: ${target}`);
    }
  }
});
