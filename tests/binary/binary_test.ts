/**
 * What `deno compile` embeds is all that the program loads: the embedded files
 * alone, in an empty folder, with an empty cache and no network, can do all
 * that the program can.
 */

import assert from "node:assert/strict";
import { COMMANDS } from "../../src/config/mod.ts";
import { BACKENDS } from "../render/backends.ts";
import { ignoreShared, sharedScene } from "../shared.ts";
import { type Unpacked, unpackProgram } from "./unpacked.ts";

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

Deno.test("the compiled program needs nothing but what it holds", async (t) => {
  await using program = await unpackProgram();

  await t.step("the binary holds no tests, benches and unused packages", () => {
    const strange = program.files.filter((name) =>
      /^(tests|bench|\.ci)\/|playwright|fast-check|playcanvas|\.map$|\.d\.[cm]?ts$/
        .test(name)
    );
    assert.deepEqual(strange, []);
  });

  await t.step("every subcommand has its help", async () => {
    for (const command of COMMANDS) {
      const { code, stdout } = await run(program, command, "--help");
      assert.equal(code, 0, command);
      assert.match(stdout, /Usage: splatscout/);
    }
  });

  await t.step("find: the red chair in the demo flat", async () => {
    const { code, stdout, stderr } = await run(
      program,
      ...["find the red chair", "--out", "found"],
    );
    assert.equal(code, 0, stderr);
    const last = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    assert.equal(last.type, "session_complete");
    assert.notEqual(last.winner_agent_id, null);
  });

  for (const { backend, ignore } of BACKENDS) {
    const fn = async (): Promise<void> => {
      const { code, stderr } = await run(
        program,
        ...["render", "--pose=0,0,0,90", "--size", "64"],
        ...["--backend", backend, "--out", `${backend}.png`],
      );
      assert.equal(code, 0, stderr);
      const bytes = await Deno.readFile(`${program.cwd}/${backend}.png`);
      assert.equal(new TextDecoder().decode(bytes.subarray(1, 4)), "PNG");
    };
    await t.step({ name: `render on ${backend}`, ignore, fn });
  }

  await t.step({
    name: "inspect: a file of each format",
    ignore: ignoreShared,
    fn: async () => {
      for (
        const name of [
          "train-1000.ply",
          "angel.compressed.ply",
          "splat-transform-minimal.splat",
          "splat-transform-minimal.ksplat",
          "converted-leica/v3.spz",
          "converted-leica/v4.spz",
          "statue-angel.sog",
          "converted-massa-lod/lod-meta.json",
          "khr-conformance-matrix.glb",
          "converted-leica/spz2.glb",
        ]
      ) {
        const { code, stdout, stderr } = await run(
          program,
          ...["inspect", sharedScene(name), "--json"],
        );
        assert.equal(code, 0, stderr);
        assert.ok(JSON.parse(stdout).count > 0, name);
      }
    },
  });

  await t.step("replay: the run that find kept", async () => {
    const { code, stdout, stderr } = await run(
      program,
      ...["replay", "found", "--speed", "1000000"],
    );
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      await Deno.readTextFile(`${program.cwd}/found/events.ndjson`),
    );
  });

  await t.step("doctor, completions, eval", async () => {
    for (
      const args of [
        ["doctor", "--backend", "cpu"],
        ["completions", "bash"],
        ["eval", "--episodes", "1", "--policies", "oracle"],
      ]
    ) {
      const { code, stderr } = await run(program, ...args);
      assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
    }
  });

  await t.step("mcp: answers the first request of a client", async () => {
    const child = program.command(["mcp"], "piped").spawn();
    const writer = child.stdin.getWriter();
    const request = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "tests", version: "1" },
      },
    };
    await writer.write(
      new TextEncoder().encode(`${JSON.stringify(request)}\n`),
    );
    const reader = child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const { value = "" } = await reader.read();
    assert.equal(JSON.parse(value).result.serverInfo.name, "splatscout");
    await writer.close();
    assert.equal((await child.status).code, 0);
    await reader.cancel();
    await child.stderr.cancel();
  });

  await t.step("serve: a session to its end, and an orderly stop", async () => {
    const child = program.command(["serve", "--port", "0"]).spawn();
    const url = Promise.withResolvers<string>();
    const log = (async () => {
      let text = "";
      for await (
        const part of child.stderr.pipeThrough(new TextDecoderStream())
      ) {
        text += part;
        const found = text.match(/"url":"(http:[^"]+)"/)?.[1];
        if (found) url.resolve(found);
      }
      url.reject(new Error(text));
    })();
    try {
      const base = await url.promise;
      for (const path of ["", "health", "openapi.json", "scene"]) {
        const answer = await fetch(base + path);
        assert.equal(answer.status, 200, path);
        await answer.body?.cancel();
      }
      const answer = await fetch(`${base}stream_agents`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ query: "find the red chair" }),
      });
      assert.match(await answer.text(), /"type":"session_complete"/);
    } finally {
      child.kill("SIGTERM");
      await child.stdout.cancel();
      await log;
    }
    assert.equal((await child.status).code, 0);
  });
});

async function run(program: Unpacked, ...args: string[]): Promise<Run> {
  const { code, stdout, stderr } = await program.command(args).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
