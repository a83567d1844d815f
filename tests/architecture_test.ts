/**
 * The floors of the house: a room imports only from floors below its own, and
 * from the rooms beside it that the design names.
 */

import assert from "node:assert/strict";

/** Room -> floor, as in ARCHITECTURE.md. Files of `src/` itself are rooms, too. */
const FLOORS: Readonly<Record<string, number>> = {
  "main.ts": 9,
  "cli.ts": 9,
  "src/cli": 8,
  "src/server": 7,
  "src/run.ts": 6.1,
  "src/world.ts": 6.05,
  "src/open_scene.ts": 6,
  "src/open_policy.ts": 6,
  "src/budget.ts": 6,
  "src/eval": 6.2,
  "src/results": 5.5,
  "src/agent": 5,
  "src/policy": 4,
  "src/map": 3.1,
  "src/render": 3,
  "src/scene": 2,
  "src/events": 2,
  "src/gpu": 1,
  "src/image": 1,
  "src/vlm": 1,
  "src/geometry": 0.9,
  "src/version.ts": 0.9,
  "deno.json": 0,
  "src/config": 1,
  "shaders": 0,
};

/** Who may know the options: floors 6 and up. */
const CONFIG_FLOOR = 6;

/** The entries, and every module that a worker is started from by its file. */
const ENTRIES = ["cli.ts", "main.ts", "src/render/webgpu/worker.ts"];

/** Modules of `src/` that tasks alone run. */
const TOOLS = ["src/render/cpu/wasm/build.ts"];

const root = new URL("../", import.meta.url);

Deno.test("rooms import only from the floors below", async () => {
  const wrong = new Set<string>();
  for (const { from, to } of await imports()) {
    if (from === to) continue;
    const [upper, lower] = [FLOORS[from], FLOORS[to]];
    if (upper === undefined) wrong.add(`${from} has no floor`);
    else if (lower === undefined) wrong.add(`${to} has no floor`);
    else if (upper <= lower) wrong.add(`${from} -> ${to}`);
    else if (to === "src/config" && upper < CONFIG_FLOOR) {
      wrong.add(`${from} reads the options`);
    }
  }
  assert.deepEqual([...wrong], []);
});

Deno.test("every module and shader is reached from an entry", async () => {
  const reached = new Set(
    (await allModules()).map(({ specifier }) => specifier),
  );
  const unreached: string[] = [];
  const look = (folder: string): void => {
    for (
      const { name, isDirectory } of Deno.readDirSync(new URL(folder, root))
    ) {
      const path = `${folder}${name}`;
      if (isDirectory) look(`${path}/`);
      else if (/\.(ts|wgsl)$/.test(name) && !TOOLS.includes(path)) {
        if (!reached.has(new URL(path, root).href)) unreached.push(path);
      }
    }
  };
  ["src/", "shaders/"].forEach(look);
  assert.deepEqual(unreached, []);
});

/** A module as `deno info` tells of it. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

let modules: Promise<Module[]> | undefined;

/** All modules that the entries import; looked up once. */
function allModules(): Promise<Module[]> {
  return modules ??= readModules();
}

/** Arrows between rooms, type imports, dynamic imports and text imports included. */
async function imports(): Promise<{ from: string; to: string }[]> {
  const arrows: { from: string; to: string }[] = [];
  for (const { specifier, dependencies = [] } of await allModules()) {
    for (const { code, type } of dependencies) {
      const from = room(specifier);
      const to = room((code ?? type)?.specifier ?? "");
      if (from && to) arrows.push({ from, to });
    }
  }
  return arrows;
}

async function readModules(): Promise<Module[]> {
  const graphs = await Promise.all(
    ENTRIES.map(async (entry) => {
      const { stdout, success } = await new Deno.Command(Deno.execPath(), {
        args: ["info", "--json", entry],
        cwd: root,
        stderr: "null",
      }).output();
      assert.ok(success, `deno info fails on ${entry}`);
      return JSON.parse(new TextDecoder().decode(stdout));
    }),
  );
  return graphs.flatMap(({ modules }) => modules);
}

function room(specifier: string): string | undefined {
  if (!specifier.startsWith(root.href)) return undefined;
  const path = specifier.slice(root.href.length);
  const [top, second] = path.split("/");
  return top === "src" && second ? `src/${second}` : top;
}
