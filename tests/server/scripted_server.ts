/**
 * A server process with scripted runs, for tests and benches. The query is
 * the script: `steps=5 bytes=200 every=10` and so on.
 *
 * @module
 */

import { say, writeOut } from "../../src/cli/terminal.ts";
import type { AgentEvent } from "../../src/events/event.ts";
import { encodePng } from "../../src/image/png.ts";
import type { ServerLimits } from "../../src/server/limits.ts";
import { Metrics } from "../../src/server/metrics.ts";
import {
  type ServerConfig,
  type Service,
  startServer,
} from "../../src/server/server.ts";

/** What a query such as `steps=5 bytes=200 every=10` asks for. */
export interface Script {
  /** Steps of each agent. */
  readonly steps: number;
  /** Length of each picture in base64. */
  readonly bytes: number;
  /** Milliseconds between steps; 0 for none. */
  readonly every: number;
  /** Milliseconds before the first step. */
  readonly wait: number;
  /** The run throws after its steps. */
  readonly fail: boolean;
  /** Milliseconds for which the run takes every file descriptor that is left. */
  readonly hog: number;
  /** The run goes on after it was stopped. */
  readonly stubborn: boolean;
  /** Pictures are real ones of 256x256 pixels. */
  readonly pictures: boolean;
}

/** Reads a script from a query; what is no assignment is ignored. */
export function parseScript(query: string): Script {
  const words = new Map(
    query.split(/\s+/).map((word) => word.split("=") as [string, string]),
  );
  const number = (name: string, otherwise: number): number =>
    Number(words.get(name) ?? otherwise);
  return {
    steps: number("steps", 3),
    bytes: number("bytes", 100),
    every: number("every", 1),
    wait: number("wait", 0),
    hog: number("hog", 0),
    fail: words.has("fail"),
    stubborn: words.has("stubborn"),
    pictures: words.has("pictures"),
  };
}

/** Resolves after `milliseconds`, or when the signal aborts. */
export function pause(
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const onAbort = (): void => resolve();
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) resolve();
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  });
}

/** Takes every file descriptor that is left for a while. */
async function hogDescriptors(milliseconds: number): Promise<void> {
  const files: Deno.FsFile[] = [];
  try {
    for (;;) files.push(Deno.openSync("/dev/null"));
  } catch {
    await pause(milliseconds);
  } finally {
    for (const file of files) file.close();
  }
}

/** A PNG of 256x256 pixels, as large as one of a room. */
async function noisePicture(): Promise<Uint8Array> {
  const side = 256;
  const data = new Uint8Array(4 * side * side);
  for (let i = 0; i < data.length; i++) {
    data[i] = i % 4 === 3 ? 255 : 128 + (i >> 10) % 64 + Math.random() * 12;
  }
  return await encodePng({ width: side, height: side, data });
}

/** Runs that are under way in this process, to see that they stop. */
export const underWay = { runs: 0 };

/** A run that follows the script in its query: agents take their steps in turns, and the first one finds. It goes on where an earlier attempt was lost. */
export const scriptedRun: Service["startRun"] = async function* (
  request,
  { signal, told = [] },
): AsyncGenerator<AgentEvent> {
  const known = new Set(told.map(keyOf));
  for await (const event of fromStart(request, { signal, told })) {
    if (!known.has(keyOf(event))) yield event;
  }
};

/** Tells an event from the others of its session. */
function keyOf(event: AgentEvent): string {
  const { type, agent_id, step } = event as Record<string, unknown>;
  return `${type} ${agent_id} ${step}`;
}

async function* fromStart(
  { query, numAgents, start }: Parameters<Service["startRun"]>[0],
  { signal, told }: {
    readonly signal: AbortSignal;
    readonly told: readonly AgentEvent[];
  },
): AsyncGenerator<AgentEvent> {
  const toldSteps = told.filter(({ type }) => type === "agent_step").length;
  const script = parseScript(query);
  const { steps, bytes, every, wait, fail, stubborn, hog } = script;
  const stopped = (): boolean => signal.aborted && !stubborn;
  const image = script.pictures
    ? (await noisePicture()).toBase64()
    : "A".repeat(bytes);
  const ids = Array.from({ length: numAgents }, (_, i) => i);
  underWay.runs++;
  try {
    for (const agent_id of ids) {
      yield { type: "agent_started", agent_id, start_pose: start };
    }
    await pause(wait, signal);
    if (hog > 0) await hogDescriptors(hog);
    let step = 0;
    for (; step < steps && !stopped(); step++) {
      for (const agent_id of ids) {
        yield {
          type: "agent_step",
          agent_id,
          step,
          total_steps: steps,
          pose: { ...start, x: step },
          image_b64: image,
          reasoning: `${performance.timeOrigin + performance.now()}`,
          action: "move",
        };
      }
      const isTold = (step + 1) * numAgents <= toldSteps;
      if (every > 0 && !isTold) {
        await pause(every, stubborn ? undefined : signal);
      }
    }
    if (fail) throw new Error("as the script says");
    const trajectory = Array.from(
      { length: step },
      (_, i) => ({ ...start, x: i, step: i }),
    );
    for (const agent_id of ids) {
      yield agent_id === 0 && !signal.aborted
        ? {
          type: "agent_found",
          agent_id,
          description: "a red chair",
          final_image_b64: image,
          steps: step,
          trajectory,
        }
        : {
          type: "agent_done",
          agent_id,
          found: false,
          steps: step,
          trajectory,
        };
    }
    yield {
      type: "session_complete",
      winner_agent_id: signal.aborted ? null : 0,
      description: signal.aborted ? "No target found" : "a red chair",
    };
  } finally {
    underWay.runs--;
  }
}

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);

/** A service without scene and renderer. */
export function scriptedService(metrics: Metrics = new Metrics()): Service {
  metrics.gauge("test_runs", "Runs under way", () => underWay.runs);
  return {
    startRun: scriptedRun,
    metrics,
    defaults: {
      start: { x: 0, y: 0, z: 0, yaw: 0 },
      numAgents: 2,
      maxSteps: 15,
      seed: 1,
    },
    scene: () =>
      Promise.resolve({
        file: "demo",
        bounds: { min: [-1, -1, 0], max: [1, 1, 2] },
        start: { x: 0, y: 0, z: 0, yaw: 0 },
        fov: 75,
      }),
    usage: () => undefined,
    look: (_pose, signal) => {
      signal.throwIfAborted();
      return Promise.resolve(png);
    },
    map: async () => ({
      image: (await noisePicture()).toBase64(),
      mimeType: "image/png" as const,
      min: [-1, -1],
      max: [1, 1],
      metres_per_pixel: 0.01,
      cut: 1.5,
    }),
    floor: () =>
      Promise.resolve({
        min: [-1, -1] as const,
        cell: 0.5,
        columns: 4,
        rows: 4,
        open: new Uint8Array([0xff, 0xff]).toBase64(),
      }),
    visibleGround: ({ x, y }) =>
      Promise.resolve([[x, y], [x + 1, y], [x, y + 1]]),
    allowedMoves: ({ x }) => ({
      forward: x < 1,
      backward: x > -1,
      left: true,
      right: true,
      turnLeft: true,
      turnRight: true,
    }),
    checks: () => Promise.resolve({ scene: "ok", renderer: "ok" }),
  };
}

/** Limits of a server in tests. */
const defaultLimits: ServerLimits = {
  maxSessions: 16,
  maxQueued: 128,
  maxReaders: 5_000,
  maxReadersPerAddress: 1_000,
  sessionTtl: 15 * 60_000,
  maxMemory: 1024 ** 3,
};

/** A configuration for tests: any free port of loopback. */
export function testConfig(changes: Partial<ServerConfig> = {}): ServerConfig {
  return {
    hostname: "127.0.0.1",
    port: 0,
    token: undefined,
    insecure: false,
    corsOrigin: "*",
    allowedHosts: [],
    data: undefined,
    sync: "interval",
    maxData: 1e10,
    maxConnections: undefined,
    grace: 1000,
    limits: defaultLimits,
    ...changes,
  };
}

/** Ends with whoever started it, however that ended: its input is closed then. */
async function endWithParent(): Promise<void> {
  await Deno.stdin.readable.pipeTo(new WritableStream());
  Deno.exit(1);
}

if (import.meta.main) {
  endWithParent();
  const { limits, ...changes } = JSON.parse(Deno.args[0] ?? "{}");
  const config = testConfig({
    ...changes,
    limits: { ...defaultLimits, ...limits },
  });
  const quiet = Deno.args.includes("--quiet");
  const server = await startServer(
    config,
    scriptedService(),
    (level, message, fields) => {
      if (quiet && level === "info") return;
      say(JSON.stringify({ level, message, ...fields }));
    },
  );
  await writeOut(JSON.stringify({ port: server.port }) + "\n");
  let asked = false;
  Deno.addSignalListener("SIGTERM", async () => {
    if (asked) Deno.exit(143);
    asked = true;
    await server.stop();
    Deno.exit(0);
  });
}
