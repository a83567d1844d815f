/** Many modules, one script. */

import assert from "node:assert/strict";
import { linkModules } from "../../src/server/link_modules.ts";

/** What a linked script leaves in `out`. */
function run(text: string): unknown[] {
  const out: unknown[] = [];
  new Function("out", text)(out);
  return out;
}

Deno.test("modules run once each, before those that need them, with names of their own", () => {
  const modules = {
    "app.js": `import { first } from "./a.js";
import {
  second as other,
} from "../elsewhere/b.js";
const key = "app";
out.push(first(), new other().value, key);`,
    "a.js": `import { made } from "./c.js";
const key = "a";
/** Told. */
export function first() {
  return key + made;
}`,
    "b.js": `import { made } from "./c.js";
const key = "b";
export class second {
  value = key + made;
}`,
    "c.js": `out.push("c runs");
export const made = "c";`,
    "unneeded.js": `out.push("never");`,
  };
  assert.deepEqual(run(linkModules(modules, "app.js")), [
    "c runs",
    "ac",
    "bc",
    "app",
  ]);
});

Deno.test("what cannot be linked is named", () => {
  const link = (modules: Record<string, string>) => (): string =>
    linkModules(modules, "app.js");
  assert.throws(
    link({ "app.js": 'import { a } from "./a.js";' }),
    /a\.js is not there/,
  );
  assert.throws(
    link({
      "app.js": 'import { a } from "./a.js";',
      "a.js": 'import { b } from "./app.js";',
    }),
    /app\.js needs itself/,
  );
  for (
    const line of [
      'import "./a.js";',
      'import * as all from "./a.js";',
      "export default 1;",
      "export let changing = 1;",
    ]
  ) {
    assert.throws(
      link({ "app.js": line }),
      (fault: Error) => fault.message.endsWith(`"${line}"`),
    );
  }
});
