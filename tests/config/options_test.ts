import assert from "node:assert/strict";
import { OPTIONS } from "../../src/config/options.ts";

Deno.test("no family of options hides one of another", async () => {
  const folder = new URL("../../src/config/", import.meta.url);
  const names: string[] = ["help", "version"];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith("_options.ts")) continue;
    const [family] = Object.values(await import(new URL(name, folder).href));
    names.push(...Object.keys(family as object));
  }
  assert.deepEqual(names.toSorted(), Object.keys(OPTIONS).toSorted());
  const flags = Object.values(OPTIONS).flatMap((option) =>
    "flag" in option ? [option.flag] : []
  );
  assert.equal(new Set(flags).size, flags.length);
});
