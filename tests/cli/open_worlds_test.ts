import assert from "node:assert/strict";
import { OpenWorlds } from "../../src/cli/open_worlds.ts";
import { parseCommandLine } from "../../src/config/mod.ts";
import type { World } from "../../src/world.ts";

Deno.test("who asks for a scene while it is opened gets the same world", async () => {
  const { config } = parseCommandLine(
    ["mcp", "--backend", "cpu", "--policy", "baseline", "--size", "64"],
    () => undefined,
  );
  const { signal } = new AbortController();
  await using worlds = new OpenWorlds(config, { onNotice: () => {}, signal });
  const worldOf = (): Promise<World> =>
    worlds.use(undefined, ({ world }) => Promise.resolve(world));
  const [first, second] = await Promise.all([worldOf(), worldOf()]);
  assert.equal(first, second);
  assert.equal(await worldOf(), first);
});
