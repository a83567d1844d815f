/** The page's files: all there, none from elsewhere, open before the token is given. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { startProcess } from "./harness.ts";

const folder = new URL("../../src/server/ui/", import.meta.url);

/** What browsers load of the page's files. */
const served = ["app.js", "icon.svg"];

/** Names of the files that the page is made of. */
function fileNames(): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => /\.(js|css|svg|html)$/.test(name)).toSorted();
}

Deno.test("script and picture are served with an ETag", async () => {
  await using server = await startProcess();
  for (const name of served) {
    const answer = await fetch(`${server.url}/ui/${name}`);
    assert.equal(answer.status, 200);
    assert.match(
      answer.headers.get("content-type")!,
      /^(text\/javascript|image\/svg)/,
    );
    await answer.body?.cancel();
    const etag = answer.headers.get("etag")!;
    const again = await fetch(`${server.url}/ui/${name}`, {
      headers: { "If-None-Match": etag },
    });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), "");
  }
  for (
    const path of [
      "/ui/none.js",
      "/ui/..%2fapp.ts",
      "/ui/deno.json",
      "/ui/words.js",
    ]
  ) {
    const answer = await fetch(server.url + path);
    assert.equal(answer.status, 404, path);
    await answer.body?.cancel();
  }
});

Deno.test("the page loads nothing from elsewhere, and runs nothing inline", async () => {
  await using server = await startProcess();
  const answer = await fetch(server.url);
  const policy = answer.headers.get("content-security-policy")!;
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  const html = await answer.text();
  const script = await (await fetch(`${server.url}/ui/app.js`)).text();
  for (const name of fileNames()) {
    const text = await Deno.readTextFile(new URL(name, folder));
    if (name.endsWith(".css")) assert.ok(html.includes(text), name);
    if (!name.endsWith(".js")) continue;
    const told = /^ \* .*/m.exec(text)![0];
    assert.ok(script.includes(told), `${name} is not in page.ts`);
  }
  const [, style] = /<style>([^]*?)<\/style>/.exec(html)!;
  const digest = createHash("sha256").update(style!).digest("base64");
  assert.ok(policy.includes(`style-src 'sha256-${digest}'`));
  const texts = [
    html,
    ...fileNames().map((name) => Deno.readTextFileSync(new URL(name, folder))),
  ];
  for (const text of texts) {
    const elsewhere = text.replaceAll("http://www.w3.org/2000/svg", "");
    assert.doesNotMatch(elsewhere, /(https?:)?\/\/[a-z0-9-]+\.[a-z]/i);
    assert.doesNotMatch(text, /<script>|\son[a-z]+="|\sstyle="/);
  }
});

Deno.test("the page is shown before the token is given; nothing else is", async () => {
  await using server = await startProcess({ token: "canary-51c0" });
  const ask = async (path: string, init: RequestInit = {}): Promise<number> => {
    const answer = await fetch(server.url + path, init);
    await answer.body?.cancel();
    return answer.status;
  };
  const browser = { headers: { Accept: "text/html,*/*;q=0.8" } };
  assert.equal(await ask("/", browser), 200);
  assert.equal(await ask("/ui/app.js"), 200);
  assert.equal(await ask("/"), 401, "programs are told that they need one");
  assert.equal(await ask("/", { ...browser, method: "POST" }), 401);
  for (
    const path of [
      "/map",
      "/floor",
      "/scene",
      "/visible",
      "/sessions",
      "/getImage",
    ]
  ) {
    assert.equal(await ask(path, browser), 401, path);
  }
});
