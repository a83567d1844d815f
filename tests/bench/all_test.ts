import assert from "node:assert/strict";
import { parse } from "node:path";
import { BENCHES } from "../../bench/all.ts";

const BENCH = new URL("../../bench/", import.meta.url);

Deno.test("deno task bench runs every bench that has a task of its own", async () => {
  const { tasks } = JSON.parse(
    await Deno.readTextFile(new URL("../deno.json", BENCH)),
  );
  const files = Object.entries(tasks as Record<string, string>)
    .filter(([name]) => name.startsWith("bench:"))
    .map(([, command]) => command.match(/bench\/(\w+)\.ts/)![1]!);
  assert.ok(files.length > 0);
  for (const file of files) assert.ok(file in BENCHES, `${file} is missing`);
});

Deno.test("deno task bench runs files that are there, and knows their flags", async () => {
  for (const [name, args] of Object.entries(BENCHES)) {
    const path = new URL(`${name}.ts`, BENCH);
    assert.equal(parse(path.pathname).name, name);
    const source = await Deno.readTextFile(path);
    for (const flag of args) {
      const [, option] = flag.match(/^--([a-z-]+)/)!;
      const declared = new RegExp(`^\\s*"?${option}"?: \\{ type: "`, "m");
      assert.match(source, declared, `${name} takes ${flag}`);
    }
  }
});

for (const name of ["all", "serve", "serve_soak"]) {
  Deno.test(`bench/${name}.ts refuses what it does not measure`, async () => {
    const path = decodeURIComponent(new URL(`${name}.ts`, BENCH).pathname);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", path, "--only=nothing"],
    }).output();
    assert.equal(code, 2);
    assert.match(
      new TextDecoder().decode(stderr),
      /Cannot run the bench "nothing" as it must be one of /,
    );
  });
}
