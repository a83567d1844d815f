/**
 * Compiles the program into one binary, leaves out what it never loads, and
 * says what its size is made of.
 *
 *     deno task compile [--target aarch64-apple-darwin] [--output out/splatscout]
 *
 * Where Deno cannot download the base of the target, DENORT_BIN names one.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { readBinary } from "./binary.ts";

/** Modules that are started by URL and so stand in no import. */
const WORKERS = ["src/render/webgpu/worker.ts"];

/** In packages, what no program loads: types, maps, sources, prose. Licences stay. */
const UNUSED = /\.(map|[cm]?ts|md|markdown|backup)$/;
const LICENCE = /licen[cs]e|notice|copying/i;

const { values: flags } = parseArgs({
  options: {
    target: { type: "string" },
    output: { type: "string", default: "out/splatscout" },
  },
});

const root = new URL("../", import.meta.url);
await deno([
  "compile",
  "--allow-all", // A program like any other: the server reads its limits in /proc.
  "--frozen",
  "--exclude-unused-npm",
  ...(flags.target ? ["--target", flags.target] : []),
  ...WORKERS.flatMap((path) => ["--include", path]),
  ...(await unusedFiles()).flatMap((path) => ["--exclude", path]),
  ...["--output", flags.output],
  "cli.ts",
]);

const path = flags.target?.includes("windows") && !/\.exe$/i.test(flags.output)
  ? `${flags.output}.exe`
  : flags.output;
const { size, files } = await readBinary(path);
const parts = new Map<string, number>();
for (const { name, length } of files) {
  const [first = "", , scope = "", rest = ""] = name.split("/");
  const part = !first.startsWith(".deno_compile")
    ? name.includes("/") ? `${first}/` : name
    : `npm: ${scope.startsWith("@") ? `${scope}/${rest}` : scope}`;
  parts.set(part, (parts.get(part) ?? 0) + length);
}
const embedded = [...parts.values()].reduce((sum, length) => sum + length, 0);
parts.set("Deno's runtime and metadata", size - embedded);
say(`${path}: ${megabytes(size)}, ${files.length} files`);
for (const [part, length] of [...parts].sort(([, a], [, b]) => b - a)) {
  say(`${megabytes(length).padStart(10)}  ${part}`);
}

/** Files of the packages in the program's graph that it never loads. */
async function unusedFiles(): Promise<string[]> {
  const info = JSON.parse(await deno(["info", "--json", "cli.ts"])) as {
    npmPackages: Record<string, { localPath: string }>;
  };
  const unused: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for await (const entry of Deno.readDir(folder)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) await walk(path);
      else if (UNUSED.test(entry.name) && !LICENCE.test(entry.name)) {
        unused.push(path);
      }
    }
  };
  for (const { localPath } of Object.values(info.npmPackages)) {
    await walk(localPath).catch(() => {}); // Not fetched, so not embedded.
  }
  return unused;
}

async function deno(args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Cannot compile: deno ${args[0]} failed`);
  return new TextDecoder().decode(stdout);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
