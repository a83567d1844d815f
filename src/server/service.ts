/**
 * A world as a service: what the routes need of it, counted and traced.
 *
 * @module
 */

import { boundedGround, type Ground } from "../agent/ground.ts";
import { openEyes } from "../agent/look.ts";
import { Budget } from "../budget.ts";
import type { Config } from "../config/mod.ts";
import { type Bounds, clampPose } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import type { Policy, PolicyFactory } from "../policy/policy.ts";
import { FairRenderer } from "../render/fair_renderer.ts";
import type { Renderer } from "../render/renderer.ts";
import { openGround, run } from "../run.ts";
import { checkEndpoint } from "../vlm/check_endpoint.ts";
import type { VlmAnswer, VlmClient } from "../vlm/client.ts";
import type { World } from "../world.ts";
import type { Metrics } from "./metrics.ts";
import { openOverview } from "./overview.ts";
import { RecentMap } from "./recent_map.ts";
import type { AllowedMoves } from "./schemas.ts";
import type { LogLine, Service } from "./server.ts";
import { SessionTrace, traceAnswer } from "./traces.ts";

/** How far `allowed` in GET /getImage looks ahead: metres. */
const moveLength = 0.5;

/** Farther away nothing is seen of any scene, and single precision ends: metres. */
const farAway = 1e6;

const everywhere: Bounds = {
  min: [-farAway, -farAway, -farAway],
  max: [farAway, farAway, farAway],
};

/** Milliseconds for which an answer of the endpoint to /ready holds. */
const endpointCheckInterval = 10_000;

/** Sessions whose costs are known to their reports. */
const rememberedUsages = 1_000;

/** Options of {@linkcode makeService}. */
export interface ServiceOptions {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly log: LogLine;
}

/** Serves `world`. */
export function makeService(
  world: World,
  { config, metrics, log }: ServiceOptions,
): Service {
  const { frame, width, height, start } = world;
  const scene = {
    ...world.summary(),
    bounds: frame.bounds,
    start: frame.start,
    fov: frame.fov,
  };
  const shared = shareRenderer(world, { config, metrics, log });
  // Until the free space is found, the bounds tell what is allowed.
  let ground = boundedGround(frame.bounds);
  shared.renderer.then(() => openGround(world, frame.start)).then(
    (found) => ground = found,
    () => {}, // The renderer's fault is logged; without it nobody moves.
  );
  const usages = new RecentMap<string, VlmClient>(rememberedUsages);
  const endpoint = endpointCheck(config);
  // Somebody who looks around is one more session to the renderer.
  const seeing = {
    renderer: async (): Promise<Renderer> =>
      (await shared.renderer).forSession("looks"),
    frame,
    width,
    height,
  };
  const eyes = openEyes(seeing);
  const overview = openOverview({ ...seeing, freeSpace: world.freeSpace });
  return {
    metrics,
    canRun: shared.renderer,
    startRun: (request, { sessionId, signal, told = [] }) => {
      const spans = new SessionTrace(sessionId, request);
      const renderer = async (): Promise<Renderer> =>
        traced((await shared.renderer).forSession(sessionId), spans);
      const { vlm, ...policy } = world.ofOneRun();
      if (vlm !== undefined) usages.set(sessionId, vlm);
      const makePolicy = watched(policy.makePolicy, { metrics, spans });
      const budget = new Budget(config, vlm);
      return spans.follow(budget.watch(
        run(request, { ...world, makePolicy, renderer }, {
          signal: AbortSignal.any([signal, budget.signal]),
          notFound: () => budget.notFound(),
          told,
        }),
      ));
    },
    defaults: {
      start,
      numAgents: config.agents,
      maxSteps: config.maxSteps,
      seed: config.seed,
    },
    scene: () => Promise.resolve(scene),
    usage: (sessionId) => usages.get(sessionId)?.usage(),
    look: async (pose, signal) =>
      await (await eyes(clampPose(pose, everywhere), signal)).png(),
    map: overview.map,
    floor: overview.floor,
    visibleGround: (pose, signal) =>
      overview.visibleGround(clampPose(pose, everywhere), signal),
    allowedMoves: (pose) => allowedMoves(ground, pose),
    checks: async () => ({
      scene: "ok",
      renderer: shared.state(),
      ...await endpoint(),
    }),
  };
}

/** Counts and traces an answer of the model. */
export function noteAnswer(answer: VlmAnswer, metrics: Metrics): void {
  const { prompt, cached, completion } = answer.usage;
  metrics.tokens.add({ type: "prompt" }, prompt);
  metrics.tokens.add({ type: "cached" }, cached);
  metrics.tokens.add({ type: "completion" }, completion);
  traceAnswer(answer);
}

/** Steps of half a metre with nothing in the way; turning is always possible. */
function allowedMoves(ground: Ground, pose: Pose): AllowedMoves {
  const may = (turn: number): boolean =>
    ground.mayStep(pose, pose.yaw + turn, moveLength);
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
  { metrics, log }: ServiceOptions,
): { renderer: Promise<FairRenderer>; state: () => string } {
  let state = "it is being made";
  const renderer = world.renderer().then((made) => {
    state = "ok";
    log("info", "renderer", { backend: made.backend, on: made.description });
    const fair = new FairRenderer(made, {
      onView: (waited, rendered) => {
        metrics.renderWaitSeconds.observe(waited / 1000);
        metrics.renderSeconds.observe(rendered / 1000);
        state = "ok";
      },
      onFault: (error) => {
        // What is wrong with a camera says nothing about the renderer.
        if (error instanceof RangeError) return;
        state = (error as Error).message;
        metrics.errors.add({ kind: "renderer" });
        log("error", state);
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
  { baseUrl, apiKey, header, policy }: Config,
): () => Promise<Record<string, string>> {
  if (baseUrl === undefined || policy === "baseline") {
    return () => Promise.resolve({});
  }
  let asked = -Infinity;
  let state = Promise.resolve("");
  return async () => {
    if (performance.now() - asked > endpointCheckInterval) {
      asked = performance.now();
      state = checkEndpoint({ baseUrl, apiKey, headers: header });
    }
    return { endpoint: await state };
  };
}

function traced(renderer: Renderer, spans: SessionTrace): Renderer {
  return {
    ...renderer,
    render: (camera, options) =>
      spans.within(
        "render",
        undefined,
        () => renderer.render(camera, options),
      ),
  };
}

/** Policies whose decisions and checks are timed, counted and traced. */
function watched(
  makePolicy: PolicyFactory,
  { metrics, spans }: {
    readonly metrics: Metrics;
    readonly spans: SessionTrace;
  },
): PolicyFactory {
  return (options) => {
    const policy = makePolicy(options);
    const watch = async <Result>(
      name: string,
      signal: AbortSignal,
      work: () => Promise<Result>,
    ): Promise<Result> => {
      const start = performance.now();
      try {
        return await spans.within(name, options.agentId, work);
      } catch (error) {
        if (!signal.aborted) metrics.errors.add({ kind: "model" });
        throw error;
      } finally {
        metrics.modelSeconds.observe((performance.now() - start) / 1000);
      }
    };
    const verify: Policy["verify"] = policy.verify?.bind(policy);
    return {
      decide: (observation, signal) =>
        watch("decide", signal, () => policy.decide(observation, signal)),
      ...(verify === undefined ? {} : {
        verify: (claim, signal) =>
          watch("verify", signal, () => verify(claim, signal)),
      }),
    };
  };
}
