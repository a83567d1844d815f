import assert from "node:assert/strict";
import {
  propertiesOf,
  splatNames,
  splatRows,
  writePly,
} from "../scene/ply_writer.ts";
import { cli, cliPath, ignoreTerminal, onTerminal } from "./process.ts";

const names = splatNames(9);
const ply = writePly([{
  name: "vertex",
  properties: propertiesOf(names),
  rows: splatRows(names, 1000),
}], { encoding: "binary_little_endian" });

/** Serves the .ply in ten parts, as slow as `milliseconds` in all. */
function slowServer(milliseconds: number): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    ({ url }) => {
      if (!url.endsWith("/hall.ply")) {
        return new Response(null, { status: 404 });
      }
      const part = Math.ceil(ply.length / 10);
      const body = new ReadableStream({
        async start(controller): Promise<void> {
          for (let at = 0; at < ply.length; at += part) {
            await new Promise((next) => setTimeout(next, milliseconds / 10));
            controller.enqueue(ply.subarray(at, at + part));
          }
          controller.close();
        },
      });
      return new Response(body, {
        headers: { "content-length": `${ply.length}` },
      });
    },
  );
}

const permissions = ["--allow-net=127.0.0.1"];

Deno.test("a long reading shows its progress on stderr, line by line in a log", async () => {
  await using server = slowServer(3000);
  const url = `http://127.0.0.1:${server.addr.port}/hall.ply`;
  const log = await cli(["inspect", url, "--json"], { permissions });
  assert.equal(log.code, 0, log.stderr);
  assert.equal(JSON.parse(log.lines[0]!.text).count, 1000);
  assert.match(log.stderr, /^reading http:\S+hall\.ply: \d+%\n/);
  assert.doesNotMatch(log.stderr, /\r/);
});

Deno.test({
  name: "a long reading shows its progress in one line of a terminal",
  ignore: ignoreTerminal,
  fn: async () => {
    await using server = slowServer(3000);
    const url = `http://127.0.0.1:${server.addr.port}/hall.ply`;
    const { code, text } = await onTerminal(
      ["run", ...permissions, cliPath, "inspect", url, "--json"],
    );
    assert.equal(code, 0, text);
    const visible = text.replaceAll("\x1b", "ESC");
    assert.match(visible, /\rreading http:\S+hall\.ply: \d+%ESC\[K\r/);
    // It goes away before anything else is said.
    assert.match(visible, /\d+%ESC\[K\rESC\[K\{"file"/);
  },
});
