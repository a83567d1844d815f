/**
 * The program as the compiled binary holds it: its embedded files in a folder
 * of their own, run with nothing else within reach. The base that
 * `deno compile` takes from the network is not needed for that.
 */

import { readBinary } from "../../.ci/binary.ts";
import { listPackages } from "../../.ci/packages.ts";

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
  await linkPackages(`${program}/node_modules`);
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

/** `<packages>/@scope/name/1.2.3/file` -> where that version alone lies. */
function placeOf(name: string): string {
  if (!name.startsWith(PACKAGES)) return name;
  const parts = name.slice(PACKAGES.length).split("/");
  const count = parts[0]!.startsWith("@") ? 2 : 1;
  const [version] = parts.splice(count, 1);
  const owner = parts.slice(0, count).join("/");
  return `node_modules/${folderOf(owner, version!)}/${parts.join("/")}`;
}

/** A folder for each version of each package, beside those that it needs. */
function folderOf(name: string, version: string): string {
  return `.versions/${name.replace("/", "+")}@${version}/node_modules`;
}

/** Links each package to those that it needs, and the program to those that it imports. */
async function linkPackages(folder: string): Promise<void> {
  const packages = await listPackages();
  const link = async (place: string, key: string): Promise<void> => {
    const { name, version } = packages.get(key)!;
    const path = `${place}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.symlink(`${folder}/${folderOf(name, version)}/${name}`, path)
      .catch((fault) => {
        if (!(fault instanceof Deno.errors.AlreadyExists)) throw fault;
      });
  };
  for (const { name, version, needs } of packages.values()) {
    for (const need of needs) {
      await link(`${folder}/${folderOf(name, version)}`, need);
    }
  }
  for (const [key, { isDirect }] of packages) {
    if (isDirect) await link(folder, key);
  }
}
