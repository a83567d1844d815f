/**
 * Compiles AssemblyScript to WebAssembly: `x.as` -> `x_wasm.ts`, which holds
 * the module as base64, so that it needs no read permission and comes along
 * into the compiled binary.
 *
 *     deno task build:wasm
 *
 * @module
 */

import asc from "npm:assemblyscript@0.28.20/asc";
import { createHash } from "node:crypto";

const SOURCES = ["src/image/codec.as"];

for (const path of SOURCES) {
  const source = await Deno.readTextFile(path);
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main([
    "source.ts",
    "-O3",
    "--converge",
    "--noAssert",
    ...["--runtime", "stub"],
    ...["--enable", "simd"],
    ...["--initialMemory", "1"],
    ...["--outFile", "module.wasm"],
  ], {
    readFile: (name: string) => name === "source.ts" ? source : null,
    writeFile: (_name: string, data: Uint8Array | string) => {
      binary = data as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || binary === undefined) {
    throw new Error(`Cannot compile ${path}: ${error?.message}\n${stderr}`);
  }
  const name = path.split("/").at(-1)!;
  const target = path.replace(/\.as$/, "_wasm.ts");
  const digest = createHash("sha256").update(source).digest("hex");
  await Deno.writeTextFile(
    target,
    `// Made from ${name} by \`deno task build:wasm\`; do not edit.

/** SHA-256 of the ${name} that this was made from. */
export const SOURCE_DIGEST =
  "${digest}";

/** The module, base64. */
export const MODULE =
  "${binary.toBase64()}";
`,
  );
  // deno-lint-ignore no-console
  console.log(`${target}: ${binary.length} bytes of WebAssembly`);
}
