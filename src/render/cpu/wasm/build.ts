/**
 * Builds the WebAssembly core: `deno task build:wasm`. Needs clang 16 or later
 * and lld (Debian: clang-19 lld-19); CLANG names another one.
 *
 * @module
 */

const FLAGS = [
  "--target=wasm32",
  "-std=c11",
  "-O3",
  "-ffreestanding",
  "-nostdlib",
  "-fno-math-errno",
  "-ffp-contract=off",
  "-msimd128",
  "-mrelaxed-simd",
  "-mbulk-memory",
  "-matomics",
  "-mmutable-globals",
  "-msign-ext",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-Wl,--no-entry,--import-memory,--shared-memory,--export=__stack_pointer",
  "-Wl,--initial-memory=16777216,--max-memory=4294967296,-z,stack-size=131072",
  "-Wl,--strip-all,-O2",
];

const FOLDER = new URL(".", import.meta.url);

/** Names of the sources, headers first, in alphabetical order. */
export function sourceNames(): string[] {
  const names = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name);
  const ending = (end: string): string[] =>
    names.filter((name) => name.endsWith(end)).sort();
  return [...ending(".h"), ...ending(".c")];
}

/** SHA-256 of flags and sources, hexadecimal: the artefact carries it. */
export async function sourceHash(): Promise<string> {
  const texts = sourceNames().map((name) =>
    `${name}\n${Deno.readTextFileSync(new URL(name, FOLDER))}`
  );
  const bytes = new TextEncoder().encode([...FLAGS, ...texts].join("\n"));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * Compiles the core with `clang`.
 *
 * @throws {Error} With the compiler's words if it fails.
 */
export async function compile(clang: string): Promise<Uint8Array> {
  const output = await Deno.makeTempFile({ suffix: ".wasm" });
  try {
    const sources = sourceNames().filter((name) => name.endsWith(".c"));
    const { success, stderr } = await new Deno.Command(clang, {
      args: [...FLAGS, "-o", output, ...sources],
      cwd: FOLDER,
      stderr: "piped",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return await Deno.readFile(output);
  } finally {
    await Deno.remove(output);
  }
}

/** First line of what `clang` says of its version; undefined if it is not there. */
export function compilerVersion(clang: string): string | undefined {
  try {
    const { stdout } = new Deno.Command(clang, { args: ["--version"] })
      .outputSync();
    return new TextDecoder().decode(stdout).split("\n")[0]!;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const clang = Deno.env.get("CLANG") ?? "clang-19";
  const wasm = await compile(clang);
  const text = `// Built by "deno task build:wasm" from wasm/*.c: do not edit.
// deno-fmt-ignore-file

/** {@linkcode sourceHash} of what it was built from. */
export const CORE_WASM_SOURCE_HASH =
  "${await sourceHash()}";

/** What compiled it. */
export const CORE_WASM_COMPILER =
  "${compilerVersion(clang)}";

/** The module. */
export const CORE_WASM_BASE64 =
  "${wasm.toBase64()}";
`;
  await Deno.writeTextFile(new URL("../core_wasm.ts", FOLDER), text);
}
