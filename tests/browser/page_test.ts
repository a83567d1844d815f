/** The page in a browser, against the real server and renderer. */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { ChaosProxy } from "../server/chaos_proxy.ts";
import { until } from "../server/harness.ts";
import { startServe } from "../server/serve_process.ts";
import { dataLines } from "../sse.ts";
import { ignoreBrowser, openBrowser } from "./browser.ts";

/** What nobody finds: a search to watch for long. */
const nowhere = "the purple piano";

/** Asks for something and waits until the page shows the session. */
async function ask(page: Page, query: string): Promise<string> {
  await page.getByLabel("What are you looking for?").fill(query);
  await page.getByRole("button", { name: "Find it" }).click();
  await page.waitForURL(/#\/sessions\/[0-9a-f]{32}/);
  await page.locator("#standing", { hasNotText: "New search" }).waitFor();
  return /[0-9a-f]{32}/.exec(page.url())![0];
}

/** Waits until the session is over. @returns how it stands, in the page's words */
async function standing(page: Page): Promise<string> {
  const line = page.locator('#standing:not([data-tone="busy"])');
  await line.waitFor({ timeout: 90_000 });
  return await line.innerText();
}

/** Waits until so many looks have been shown. */
async function untilLooks(page: Page, count: number): Promise<void> {
  await until(
    async () =>
      Number(await page.locator("#scrubber").getAttribute("max")) >= count,
    30_000,
  );
}

/** Steps of each agent, as the page's lists have them. */
async function stepNumbers(page: Page): Promise<string[][]> {
  const lists: string[][] = [];
  for (const card of await page.locator("#cards button").all()) {
    await card.click();
    const name = (await card.locator(".name").innerText()).trim();
    await page.getByRole("heading", { name: `Steps of ${name}` }).waitFor();
    lists.push(await page.locator("#steps .number").allInnerTexts());
  }
  return lists;
}

/** Steps of each agent, as the server has them. */
async function stepsOnServer(url: string, id: string): Promise<string[][]> {
  const text = await (await fetch(`${url}/sessions/${id}/stream`)).text();
  const lists: string[][] = [];
  for (const data of dataLines(text)) {
    const event = JSON.parse(data);
    if (event.type !== "agent_step") continue;
    (lists[event.agent_id] ??= []).push(`${event.step + 1}`);
  }
  return lists;
}

Deno.test({
  name: "the page: ask, watch, come back, stop, walk",
  ignore: ignoreBrowser,
  async fn(t): Promise<void> {
    await using server = await startServe(["--size=128"]);
    await using browser = await openBrowser();
    const { url } = server;

    await t.step("ask, watch to the end, look at any step again", async () => {
      await using tab = await browser.open();
      const { page } = tab;
      await page.goto(url);
      await page.locator("#map-empty").waitFor({ state: "hidden" });
      await page.locator("#view").waitFor();
      await tab.assertAccessible("asking");
      const id = await ask(page, "the red chair");
      assert.match(await standing(page), /^Found by agent \d$/);
      assert.match(await page.title(), /^Found by agent \d: the red chair/);
      assert.match(await page.locator("#find-text").innerText(), /red/i);
      assert.match(await page.locator("#announcer").innerText(), /found by/);
      assert.match(
        await page.locator("#map-reading").innerText(),
        /^flag at -?\d/,
        "the place that the description names is on the map",
      );
      assert.equal(
        await page.locator("#view").evaluate((image) =>
          (image as unknown as { naturalWidth: number }).naturalWidth
        ),
        128,
        "the winner's final view is shown at full resolution",
      );
      assert.deepEqual(await stepNumbers(page), await stepsOnServer(url, id));
      await tab.assertAccessible("watching");

      await page.locator("#steps button").first().click();
      await page.waitForURL(/#step=\d+&agent=\d$/);
      assert.match(await page.locator("#view-reading").innerText(), /^step 1 /);
      const link = page.url();
      await page.locator("#scrubber").focus();
      await page.keyboard.press("End");
      await page.waitForURL((at) => !at.href.includes("step="));
      await page.goto("about:blank");
      await page.goto(link);
      await page.locator("#view-reading", { hasText: /^step 1 / }).waitFor();
      await page.locator("#speed").selectOption("30");
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.waitForURL((at) => !at.href.includes("step="));
      tab.assertClean();
    });

    await t.step(
      "a reload in mid-run, and a second tab, miss nothing",
      async () => {
        await using tab = await browser.open();
        await using second = await browser.open();
        const { page } = tab;
        await page.goto(url);
        const id = await ask(page, nowhere);
        await untilLooks(page, 3);
        await page.reload();
        await untilLooks(page, 1);
        await second.page.goto(page.url());
        await Promise.all([standing(page), standing(second.page)]);
        assert.equal(await standing(page), "Not found");
        assert.equal(await standing(second.page), "Not found");
        const expected = await stepsOnServer(url, id);
        assert.deepEqual(await stepNumbers(page), expected);
        assert.deepEqual(await stepNumbers(second.page), expected);
        await page.locator("#find-text", {
          hasText:
            /^No target found\. \d+ steps by 2 agents\. \d+ % of the reachable floor was seen\./,
        }).waitFor();
        const listed = page.locator("#sessions a", { hasText: nowhere });
        assert.equal(await listed.getAttribute("aria-current"), "page");
        tab.assertClean();
        second.assertClean();
      },
    );

    await t.step("stop ends the search", async () => {
      await using tab = await browser.open();
      const { page } = tab;
      await page.goto(url);
      await page.locator("#max-steps").fill("100");
      await page.locator("#agents").fill("8");
      const id = await ask(page, nowhere);
      await untilLooks(page, 2);
      await page.getByRole("button", { name: "Stop" }).click();
      assert.equal(await standing(page), "Stopped");
      assert.equal(await page.locator("#stop").isVisible(), false);
      const { status } = await (await fetch(`${url}/sessions/${id}`)).json();
      assert.equal(status, "cancelled");
      tab.assertClean();
    });

    await t.step(
      "a connection that is cut goes on without gap or double",
      async () => {
        // Enough for the page and its map; then for a few looks at a time.
        let allowed = 400_000;
        await using proxy = new ChaosProxy(server.port, () => allowed);
        await using tab = await browser.open();
        const { page } = tab;
        await page.goto(`http://127.0.0.1:${proxy.port}/`);
        await page.locator("#map-empty").waitFor({ state: "hidden" });
        const before = proxy.cuts;
        await page.locator("#max-steps").fill("12");
        const id = await ask(page, nowhere);
        allowed = 250_000;
        assert.equal(await standing(page), "Not found");
        assert.ok(proxy.cuts > before + 1, `${proxy.cuts - before} cuts`);
        assert.deepEqual(await stepNumbers(page), await stepsOnServer(url, id));
        tab.assertClean(/net::ERR_/);
      },
    );

    await t.step("walk by keys and buttons, start from there", async () => {
      await using tab = await browser.open({ colorScheme: "dark" });
      const { page } = tab;
      await page.goto(`${url}/#/walk`);
      const reading = page.locator("#view-reading");
      const view = page.locator('#view[alt*="0.00, 0.00, 0.00"]');
      await view.waitFor();
      await page.locator("#main").focus();
      await page.keyboard.press("ArrowLeft");
      await reading.getByText("· 30°").waitFor();
      await page.locator("#walk-turnRight").click();
      await reading.getByText("· 0°").waitFor();
      const forward = page.getByRole("button", { name: "Forward" });
      let steps = 0;
      while (await forward.getAttribute("aria-disabled") !== "true") {
        const before = await reading.innerText();
        await page.keyboard.press("ArrowUp");
        await reading.filter({ hasNotText: before }).waitFor();
        const pose = await reading.innerText();
        await page.locator(`#view[alt="The view from ${pose}"]`).waitFor();
        assert.ok(++steps < 40, "the walk ends at a wall");
      }
      assert.ok(steps > 0, "the first step is free");
      const end = await reading.innerText();
      await page.keyboard.press("ArrowUp");
      await forward.click({ force: true });
      assert.equal(await reading.innerText(), end, "the wall holds");
      await tab.assertAccessible("walking");
      const [x] = (await reading.innerText()).split(",");
      await page.getByRole("button", { name: "Start from here" }).click();
      await page.waitForURL(/#\/$/);
      assert.equal(
        Number(await page.locator("#start-x").inputValue()),
        Number(x),
      );
      tab.assertClean();
    });

    await t.step(
      "a start is picked on the map, its heading by a drag",
      async () => {
        await using tab = await browser.open({
          viewport: { width: 390, height: 844 },
        });
        const { page } = tab;
        await page.goto(url);
        await page.locator("#map-empty").waitFor({ state: "hidden" });
        await tab.assertAccessible("on a phone");
        const map = page.locator("#map");
        await map.scrollIntoViewIfNeeded();
        const box = (await map.boundingBox())!;
        const [left, top] = [box.x + box.width / 2, box.y + box.height / 2];
        await page.mouse.move(left, top);
        await page.mouse.down();
        await page.mouse.move(left, top - 40, { steps: 4 });
        await page.mouse.up();
        assert.equal(await page.locator("#start-yaw").inputValue(), "90");
        const { bounds } = await (await fetch(`${url}/scene`)).json();
        const middle = (bounds.min[0] + bounds.max[0]) / 2;
        const x = Number(await page.locator("#start-x").inputValue());
        assert.ok(Math.abs(x - middle) < 0.1, `${x} is not ${middle}`);
        tab.assertClean();
      },
    );

    await t.step("what is no longer there is said in words", async () => {
      await using tab = await browser.open();
      const { page } = tab;
      await page.goto(`${url}/#/sessions/${"0".repeat(32)}`);
      await page.getByText("no longer there").waitFor();
      tab.assertClean(/404/);
    });
  },
});

Deno.test({
  name: "the page asks for the token, and again if it is wrong",
  ignore: ignoreBrowser,
  async fn(): Promise<void> {
    await using server = await startServe(["--size=64", "--token=right-7f3a"]);
    await using browser = await openBrowser();
    await using tab = await browser.open();
    const { page } = tab;
    await page.goto(server.url);
    const token = page.getByLabel("Token", { exact: true });
    await token.fill("wrong");
    await tab.assertAccessible("the token's dialog");
    await page.keyboard.press("Enter");
    await page.getByText("That was not the right one.").waitFor();
    await token.fill("right-7f3a");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.locator("#map-empty").waitFor({ state: "hidden" });
    await ask(page, "the red chair");
    assert.match(await standing(page), /^Found/);
    await page.reload();
    assert.match(await standing(page), /^Found/, "this tab keeps the token");
    assert.doesNotMatch(page.url(), /right/);
    tab.assertClean(/401/);
  },
});
