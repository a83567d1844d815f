/**
 * A headless Chromium and pages of it that note what went wrong in them.
 *
 * @module
 */

import axe from "axe-core";
import assert from "node:assert/strict";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { findChromium } from "../chromium.ts";

/** Whether the tests are to be left out: no browser, and not in CI. */
export const ignoreBrowser: boolean = findChromium() === undefined &&
  Deno.env.get("CI") !== "true";

/** A browser, closed at the end of its scope. */
export interface TestBrowser extends AsyncDisposable {
  /** A page of a profile of its own. */
  open(options?: BrowserContextOptions): Promise<TestPage>;
}

/** A page, and what must not happen in it. */
export interface TestPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors in the console, exceptions, and requests that left this machine, so far. */
  readonly troubles: readonly string[];
  /** Fails on troubles, but for the answers to be expected. */
  assertClean(expected?: RegExp): void;
  /** Fails on what axe finds to be serious. */
  assertAccessible(where: string): Promise<void>;
}

/** Starts it. */
export async function openBrowser(): Promise<TestBrowser> {
  const executablePath = findChromium();
  assert.ok(executablePath, "no Chromium: run tests/setup.ts, or set CHROMIUM");
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox", // CI runs as root.
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage", // Containers have little of it.
    ],
  });
  return {
    open: (options = {}) => openPage(browser, options),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function openPage(
  browser: Browser,
  options: BrowserContextOptions,
): Promise<TestPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const troubles: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      troubles.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  page.on("pageerror", (error) => troubles.push(`thrown: ${error.stack}`));
  context.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const isHere = protocol === "blob:" || protocol === "data:" ||
      hostname === "127.0.0.1";
    if (!isHere) troubles.push(`request to ${request.url()}`);
  });
  return {
    page,
    troubles,
    assertClean(expected): void {
      const left = troubles.filter((text) => !expected?.test(text));
      assert.deepEqual(left, []);
    },
    async assertAccessible(where): Promise<void> {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate("axe.run()") as {
        violations: {
          id: string;
          impact: string;
          nodes: { html: string; failureSummary: string }[];
        }[];
      };
      const serious = violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) =>
          `${where}: ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`
        );
      assert.deepEqual(serious, []);
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}
