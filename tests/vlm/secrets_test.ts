import assert from "node:assert/strict";
import { Redactor, secretsIn } from "../../src/vlm/secrets.ts";

Deno.test("secretsIn() takes values by telling names, bare of scheme and template", () => {
  const secrets = secretsIn({
    Authorization: "Bearer abcdef-1",
    "X-Router-Token": "xyz{agent}uvwxyz",
    "X-Session-ID": "scout-{agent}",
  });
  const redactor = new Redactor(secrets);
  assert.equal(
    redactor.redact("abcdef-1, uvwxyz, scout-, Bearer abcdef-1"),
    "***, ***, scout-, ***",
  );
});

Deno.test("Redactor hides secrets however their characters are escaped", () => {
  const secret = 'sk-"a/b\\é=';
  const redactor = new Redactor([secret]);
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    [...secret].map((c) =>
      `\\u${c.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`
    ).join(""),
    secret.replaceAll("/", "\\/"),
    `%73${secret.slice(1)}`,
  ];
  for (const form of forms) {
    assert.equal(redactor.redact(`<${form}>`), "<***>", form);
  }
  assert.deepEqual(JSON.parse(redactor.stringify({ a: [secret], agent: 1 })), {
    a: ["***"],
    agent: 1,
  });
});

Deno.test("Redactor hides longer secrets first and leaves words alone", () => {
  const redactor = new Redactor([
    "secret",
    "secret-and-more",
    "EMPTY",
    undefined,
  ]);
  assert.equal(
    redactor.redact("secret-and-more secret EMPTY"),
    "*** *** EMPTY",
  );
  assert.equal(new Redactor([]).redact("as it is"), "as it is");
});
