/**
 * The program as the compiled binary holds it: its embedded files in a folder
 * of their own, run with nothing else within reach. The base that
 * `deno compile` takes from the network is not needed for that.
 */

import { readBinary } from "../../.ci/binary.ts";

const PACKAGES = ".deno_compile_node_modules/localhost/";
const root = new URL("../../", import.meta.url);

/** The unpacked program. */
export interface Unpacked extends AsyncDisposable {
  /** Names of the embedded files. */
  readonly files: readonly string[];
  /** An empty folder, in which it runs. */
  readonly cwd: string;
  /** A process of the program with `args`, without network beyond loopback and with an empty cache. */
  command(args: readonly string[], stdin?: "piped" | "null"): Deno.Command;
}

/** Compiles the program upon Deno itself as a stand-in base, and unpacks it. */
export async function unpackProgram(): Promise<Unpacked> {
  const folder = await Deno.makeTempDir({ prefix: "splatscout-binary-" });
  const binary = `${folder}/splatscout`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", ".ci/compile.ts", "--output", binary],
    cwd: root,
    env: { DENORT_BIN: Deno.execPath(), NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { files } = await readBinary(binary);
  await Deno.remove(binary);
  const program = `${folder}/program`;
  for (const { name, content } of files) {
    const path = `${program}/${placeOf(name)}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(path, content(), { createNew: true });
  }
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", root)),
  );
  await Deno.writeTextFile(
    `${program}/deno.json`,
    JSON.stringify({ imports, nodeModulesDir: "manual" }),
  );
  const cwd = `${folder}/empty`;
  await Deno.mkdir(cwd);
  return {
    files: files.map(({ name }) => name),
    cwd,
    command: (args, stdin = "null") =>
      new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          ...["--cached-only", "--no-remote", "--no-lock", "--no-prompt"],
          ...["--config", `${program}/deno.json`],
          ...["--allow-read", "--allow-write", "--allow-env"],
          "--allow-net=127.0.0.1",
          `${program}/cli.ts`,
          ...args,
        ],
        cwd,
        env: { DENO_DIR: `${folder}/cache`, XDG_RUNTIME_DIR: folder },
        stdin,
        stdout: "piped",
        stderr: "piped",
      }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** `<packages>/@scope/name/1.2.3/file` -> `node_modules/@scope/name/file`. */
function placeOf(name: string): string {
  if (!name.startsWith(PACKAGES)) return name;
  const parts = name.slice(PACKAGES.length).split("/");
  parts.splice(parts[0]!.startsWith("@") ? 2 : 1, 1); // the version
  return `node_modules/${parts.join("/")}`;
}
