/**
 * `splatscout serve`: sessions over HTTP, until somebody stops it.
 *
 * @module
 */

import { openEyes } from "../agent/look.ts";
import { type Config, UsageError } from "../config.ts";
import { contains } from "../geometry/bounds.ts";
import { moved, type Pose, wrapDegrees } from "../geometry/pose.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import { FairRenderer } from "../render/fair_renderer.ts";
import { run } from "../run.ts";
import { Metrics } from "../server/metrics.ts";
import type { AllowedMoves } from "../server/schemas.ts";
import {
  type LogLine,
  type ServerConfig,
  ServerConfigError,
  type Service,
  startServer,
} from "../server/server.ts";
import { checkEndpoint } from "../vlm/check_endpoint.ts";
import { openWorld, type World } from "../world.ts";
import { requireNet, requireRead, requireWrite } from "./permissions.ts";
import { say } from "./terminal.ts";

/** How far `allowed` in GET /getImage looks ahead: metres. */
const moveLength = 0.5;

/** Bytes a megabyte. */
const megabyte = 1_000_000;

/** Milliseconds for which an answer of the endpoint to /ready holds. */
const endpointCheckInterval = 10_000;

/**
 * Serves until the signal aborts, then stops in order.
 *
 * @returns the exit code, 0
 * @throws {UsageError} If the arguments are wrong, the port is taken or a permission is missing.
 * @throws What reading the scene throws.
 */
export async function serve(
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  checkPermissions(config);
  const log = logTo(config);
  await using world = await openWorld(config, {
    onNotice: (line) => log("info", line),
    signal,
  });
  const server = await startServer(
    serverConfig(config),
    makeService(world, config, log),
    log,
  ).catch((error) => {
    throw error instanceof ServerConfigError
      ? new UsageError(error.message, { cause: error })
      : error;
  });
  log("info", "ready to serve", {
    url: `http://${hostText(server.hostname)}:${server.port}/`,
  });
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve());
  if (signal.aborted) resolve();
  await stopped;
  log("info", "stopping", { grace_ms: config.grace });
  await server.stop();
  return 0;
}

function checkPermissions({ scene, data, host, port }: Config): void {
  requireNet(`http://${hostText(host)}:${port}`);
  if (scene !== undefined) {
    if (/^https?:/i.test(scene)) requireNet(scene);
    else requireRead(scene);
  }
  if (data !== undefined) {
    requireRead(data);
    requireWrite(data);
  }
}

function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** One JSON object a line on stderr. Secrets that the program was given never leave it. */
function logTo({ token, apiKey }: Config): LogLine {
  const secrets = [token, apiKey].filter((secret) => secret !== undefined);
  return (level, message, fields) => {
    const time = new Date().toISOString();
    const line = JSON.stringify({ time, level, message, ...fields });
    say(secrets.reduce((text, s) => text.replaceAll(s, "[secret]"), line));
  };
}

function serverConfig(config: Config): ServerConfig {
  return {
    ...config,
    hostname: config.host,
    maxData: config.maxData * megabyte,
    limits: { ...config, maxMemory: config.maxMemory * megabyte },
  };
}

function makeService(world: World, config: Config, log: LogLine): Service {
  const metrics = new Metrics();
  const { frame, width, height } = world;
  const [x, y, z, yaw] = config.start ?? [];
  const scene = {
    ...world.summary(),
    bounds: frame.bounds,
    start: frame.start,
    fov: frame.fov,
  };
  const shared = shareRenderer(world, metrics, log);
  const renderer = (key: string): World["renderer"] => async () =>
    (await shared.renderer).forSession(key);
  const endpoint = endpointCheck(config);
  const makePolicy = timed(world.makePolicy, metrics);
  // Somebody who looks around is one more session to the renderer.
  const eyes = openEyes({ renderer: renderer("looks"), frame, width, height });
  return {
    metrics,
    startRun: (request, { sessionId, signal }) =>
      run(
        request,
        { ...world, makePolicy, renderer: renderer(sessionId) },
        { signal },
      ),
    defaults: {
      start: x === undefined
        ? frame.start
        : { x, y: y!, z: z!, yaw: wrapDegrees(yaw!) },
      numAgents: config.agents,
      maxSteps: config.maxSteps,
      seed: config.seed,
    },
    scene: () => Promise.resolve(scene),
    look: async (pose, signal) => await (await eyes(pose, signal)).png(),
    allowedMoves: (pose) => allowedMoves(world, pose),
    checks: async () => ({
      scene: "ok",
      renderer: shared.state(),
      ...await endpoint(),
    }),
  };
}

/** Steps of half a metre that stay within the scene's bounds; turning is always possible. */
function allowedMoves({ frame: { bounds } }: World, pose: Pose): AllowedMoves {
  const may = (turn: number): boolean => {
    const { x, y, z } = moved(pose, pose.yaw + turn, moveLength);
    return contains(bounds, [x, y, z]);
  };
  return {
    forward: may(0),
    backward: may(180),
    left: may(90),
    right: may(-90),
    turnLeft: true,
    turnRight: true,
  };
}

/** The renderer of all sessions, and whether it is there. */
function shareRenderer(
  world: World,
  metrics: Metrics,
  log: LogLine,
): {
  renderer: Promise<FairRenderer>;
  state: () => string;
} {
  let state = "it is being made";
  const renderer = world.renderer().then((made) => {
    state = "ok";
    log("info", "renderer", { backend: made.backend, on: made.description });
    const fair = new FairRenderer(made, {
      onView: (waited, rendered) => {
        metrics.renderWaitSeconds.observe(waited / 1000);
        metrics.renderSeconds.observe(rendered / 1000);
      },
    });
    metrics.gauge(
      "splatscout_render_queue",
      "Views that wait for the renderer",
      () => fair.waiting,
    );
    return fair;
  });
  renderer.catch((error) => {
    state = (error as Error).message;
    log("error", `Cannot make a renderer: ${state}`);
  });
  return { renderer, state: () => state };
}

/** Asks the endpoint whether it is there, at most once in a while. */
function endpointCheck(
  { baseUrl, apiKey, policy }: Config,
): () => Promise<Record<string, string>> {
  if (baseUrl === undefined || policy === "baseline") {
    return () => Promise.resolve({});
  }
  let asked = -Infinity;
  let state = Promise.resolve("");
  return async () => {
    if (performance.now() - asked > endpointCheckInterval) {
      asked = performance.now();
      state = checkEndpoint({ baseUrl, apiKey });
    }
    return { endpoint: await state };
  };
}

/** Policies whose decisions are timed. */
function timed(makePolicy: PolicyFactory, metrics: Metrics): PolicyFactory {
  return (options) => {
    const policy = makePolicy(options);
    return {
      decide: async (observation, signal) => {
        const start = performance.now();
        try {
          return await policy.decide(observation, signal);
        } catch (error) {
          if (!signal.aborted) metrics.errors.add({ kind: "model" });
          throw error;
        } finally {
          metrics.modelSeconds.observe((performance.now() - start) / 1000);
        }
      },
    };
  };
}
