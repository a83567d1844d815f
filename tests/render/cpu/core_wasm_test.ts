/** The committed WebAssembly is that of the committed source. */

import assert from "node:assert/strict";
import {
  JOB_SLOTS,
  MAX_WORKERS,
  STAGE_SPLATS,
} from "../../../src/render/cpu/core.ts";
import {
  CORE_WASM_BASE64,
  CORE_WASM_COMPILER,
  CORE_WASM_SOURCE_HASH,
} from "../../../src/render/cpu/core_wasm.ts";
import {
  compile,
  compilerVersion,
  sourceHash,
  sourceNames,
} from "../../../src/render/cpu/wasm/build.ts";

const WASM = new URL("../../../src/render/cpu/wasm/", import.meta.url);
const CLANG = Deno.env.get("CLANG") ?? "clang-19";
const version = compilerVersion(CLANG);

Deno.test("core_wasm.ts was built from the C sources as they are", async () => {
  assert.equal(
    CORE_WASM_SOURCE_HASH,
    await sourceHash(),
    "run deno task build:wasm and commit core_wasm.ts",
  );
});

Deno.test({
  name: "the compiler that built core_wasm.ts builds the same bytes again",
  ignore: version !== CORE_WASM_COMPILER,
  fn: async () => {
    const built = await compile(CLANG);
    assert.ok(built.toBase64() === CORE_WASM_BASE64, "other bytes");
  },
});

Deno.test("numbers that TypeScript and C share are the same in both", () => {
  const header = Deno.readTextFileSync(new URL("core.h", WASM));
  const defined = (name: string): number =>
    Number(header.match(new RegExp(`#define ${name} (\\d+)`))![1]);
  assert.equal(defined("STAGE"), STAGE_SPLATS);
  assert.equal(defined("JOB_SLOTS"), JOB_SLOTS);
  assert.equal(defined("MAX_WORKERS"), MAX_WORKERS);
});

Deno.test("every C file opens with its contract", () => {
  for (const name of sourceNames()) {
    const [line] = Deno.readTextFileSync(new URL(name, WASM)).split("\n");
    assert.match(line!, /^\/\/ \S/, name);
  }
});
