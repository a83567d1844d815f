import assert from "node:assert/strict";
import {
  propertiesOf,
  splatNames,
  splatRows,
  writePly,
} from "../scene/ply_writer.ts";
import { cli, cliPath, onTerminal } from "./process.ts";

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

Deno.test("a long reading shows its progress on stderr, in a log and on a terminal", async () => {
  await using server = slowServer(3000);
  const url = `http://127.0.0.1:${server.addr.port}/hall.ply`;
  const permissions = ["--allow-net=127.0.0.1"];
  const [log, terminal] = await Promise.all([
    cli(["inspect", url, "--json"], { permissions }),
    onTerminal(["run", ...permissions, cliPath, "inspect", url, "--json"]),
  ]);
  assert.equal(log.code, 0, log.stderr);
  assert.equal(JSON.parse(log.lines[0]!.text).count, 1000);
  assert.match(log.stderr, /^reading http:\S+hall\.ply: \d+%\n/);
  assert.doesNotMatch(log.stderr, /\r/);
  if (terminal === undefined) return;
  assert.equal(terminal.code, 0, terminal.text);
  const visible = terminal.text.replaceAll("\x1b", "ESC");
  assert.match(visible, /\rreading http:\S+hall\.ply: \d+%ESC\[K\r/);
  // It goes away before anything else is said.
  assert.match(visible, /\d+%ESC\[K\rESC\[K\{"file"/);
});
