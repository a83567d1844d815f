/** The tools as a client of the official SDK sees them, over real pipes. */

import assert from "node:assert/strict";
import { cliPath } from "./process.ts";

const { Client } = await import(
  "@modelcontextprotocol/sdk/client/index.js"
) as typeof import("@modelcontextprotocol/sdk/client/index");
const { StdioClientTransport } = await import(
  "@modelcontextprotocol/sdk/client/stdio.js"
) as typeof import("@modelcontextprotocol/sdk/client/stdio");

interface Content {
  readonly type: string;
  readonly text?: string;
  readonly data?: string;
  readonly mimeType?: string;
}

async function withClient(
  test: (client: InstanceType<typeof Client>) => Promise<void>,
  ...flags: string[]
): Promise<void> {
  const client = new Client({ name: "tests", version: "1" });
  await client.connect(
    new StdioClientTransport({
      command: Deno.execPath(),
      args: ["run", "--allow-all", cliPath, "mcp", "--size", "128", ...flags],
      stderr: "ignore",
    }),
  );
  try {
    await test(client);
  } finally {
    await client.close();
  }
}

async function call(
  client: InstanceType<typeof Client>,
  name: string,
  args: Record<string, unknown>,
): Promise<{ content: Content[]; isError: boolean }> {
  const { content, isError } = await client.callTool({
    name,
    arguments: args,
  });
  return { content: content as Content[], isError: isError === true };
}

function pngSize(content: Content | undefined): [number, number] {
  assert.equal(content?.mimeType, "image/png");
  const view = new DataView(Uint8Array.fromBase64(content!.data!).buffer);
  return [view.getUint32(16), view.getUint32(20)];
}

Deno.test({
  name:
    "mcp: lists its tools; render, inspect and map answer with pictures and facts",
  // The SDK's transport waits on timers for the child to leave.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withClient(async (client) => {
      const { tools } = await client.listTools();
      assert.deepEqual(tools.map(({ name }) => name), [
        "find",
        "render",
        "inspect",
        "map",
      ]);
      assert.ok(
        tools.every(({ inputSchema }) => inputSchema.type === "object"),
      );

      const view = await call(client, "render", {
        yaw: 90,
        width: 160,
        height: 96,
      });
      assert.deepEqual(pngSize(view.content[0]), [160, 96]);

      const facts = await call(client, "inspect", {});
      const { count, bounds } = JSON.parse(facts.content[0]!.text!);
      assert.ok(count > 100_000);
      assert.equal(bounds.min.length, 3);

      const map = await call(client, "map", {});
      const { metres_per_pixel, area } = JSON.parse(map.content[1]!.text!);
      const [width] = pngSize(map.content[0]);
      assert.ok(
        Math.abs(width * metres_per_pixel - (area.max[0] - area.min[0])) < 1e-6,
      );
    }),
});

Deno.test({
  name: "mcp: find tells its steps as progress and answers with place and view",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withClient(async (client) => {
      const told: string[] = [];
      const { content } = await client.callTool(
        { name: "find", arguments: { query: "find the red chair" } },
        undefined,
        { onprogress: ({ message }) => void told.push(message ?? "") },
      ) as unknown as { content: Content[] };
      const { found, description, steps, position } = JSON.parse(
        content[0]!.text!,
      );
      assert.ok(
        description.includes(
          `(${position.x.toFixed(2)}, ${position.y.toFixed(2)}, ${
            position.z.toFixed(2)
          })`,
        ),
      );
      assert.equal(found, true, description);
      assert.match(description, /At \(-?\d/);
      // The SDK's client forgets whom to tell with the answer: what comes in one piece with that is lost.
      assert.ok(
        told.length <= steps && told.length >= steps - 2,
        `${told.length} of ${steps}`,
      );
      assert.match(told[0]!, /^agent \d: /);
      assert.deepEqual(pngSize(content[1]), [128, 128]);
    }),
});

Deno.test({
  name: "mcp: what requests leave out comes from the command line",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withClient(
      async (client) => {
        const picture = async (args: Record<string, number>): Promise<string> =>
          (await call(client, "render", args)).content[0]!.data!;
        const start = await picture({});
        assert.equal(start, await picture({ x: 0.5, y: 0, z: 0, yaw: 270 }));
        assert.notEqual(start, await picture({ yaw: 0 }));
        const { content } = await call(client, "render", {});
        assert.deepEqual(pngSize(content[0]), [128, 128]);

        const { content: [answer] } = await call(client, "find", {
          query: "the purple elephant",
        });
        const { found, description } = JSON.parse(answer!.text!);
        assert.equal(found, false);
        assert.equal(
          description,
          "No target found: the deadline of 0.001 s has passed",
        );
      },
      "--start=0.5,0,0,-90",
      "--deadline=1ms",
    ),
});

Deno.test({
  name:
    "mcp: a scene that is not there, and arguments out of range, are told as errors",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withClient(async (client) => {
      const missing = await call(client, "render", { scene: "/nowhere.ply" });
      assert.equal(missing.isError, true);
      assert.match(missing.content[0]!.text!, /nowhere\.ply/);
      const wrong = await call(client, "render", { width: 1e9 });
      assert.equal(wrong.isError, true);
      assert.match(wrong.content[0]!.text!, /width/);
      // The server goes on.
      const fine = await call(client, "render", { width: 32, height: 32 });
      assert.deepEqual(pngSize(fine.content[0]), [32, 32]);
    }),
});

Deno.test("mcp: a client that reads no more ends the server, quietly", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", cliPath, "mcp"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000), // Its stdin stays open.
  }).spawn();
  await child.stdout.cancel();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(
    `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" })}\n`,
  ));
  const [{ code }, stderr] = await Promise.all([
    child.status,
    new Response(child.stderr).text(),
  ]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  await writer.close().catch(() => {}); // The server has closed it.
});
