/**
 * One contestant in one flat: a whole run through the program's core, judged.
 *
 * @module
 */

import type { AgentEvent } from "../events/event.ts";
import type { Pose } from "../geometry/pose.ts";
import { ExploredMap } from "../map/explored_map.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import type { Renderer } from "../render/renderer.ts";
import { type Look, run, type Searchable } from "../run.ts";
import type { VlmClient } from "../vlm/client.ts";
import { isInView, judgeFind, type Verdict } from "./judge.ts";
import { PICTURE_SIZE, type Place } from "./place.ts";
import { Turns } from "./turns.ts";

/** Who searches, and for how long. */
export interface SessionOptions {
  readonly makePolicy: PolicyFactory;
  readonly numAgents: number;
  /** Looks that each agent has. */
  readonly maxSteps: number;
  readonly verify: boolean;
  /** Whether the agents share what they know. @default {true} */
  readonly shares?: boolean | undefined;
  /** The model behind the policy, if there is one: agents then run freely. */
  readonly vlm?: VlmClient | undefined;
  readonly signal: AbortSignal;
}

/** How a session ended. */
export interface Judged {
  /** `none`: nobody claimed anything; `failed`: every agent failed. */
  readonly end: Verdict | "none" | "failed";
  /** Looks of the winner, or of the agent that looked longest. */
  readonly steps: number;
  /** Looks of all agents. */
  readonly looks: number;
  /** Metres that the winner walked over free ground; null if nobody won. */
  readonly walked: number | null;
  /** Metres of the shortest way to a view that counts; null if there is none. */
  readonly shortest: number | null;
  /** Whether the target was plainly in view in any look. */
  readonly sighted: boolean;
  /** Share of the free ground that was seen, [0, 1]. */
  readonly coverage: number;
  /** Milliseconds of the whole session. */
  readonly ms: number;
  /** Tokens of the model. */
  readonly tokens: number;
  /** Why agents failed. */
  readonly errors?: readonly string[];
}

/** Runs and judges; never throws for what an agent does. */
export async function runSession(
  place: Place,
  options: SessionOptions,
): Promise<Judged> {
  const { scene: { frame }, episode, truth, ways } = place;
  const { numAgents, maxSteps, vlm, shares = true, signal } = options;
  const turns = new Turns(numAgents);
  const world = worldOf(place, {
    ...options,
    makePolicy: vlm === undefined
      ? turns.inTurn(options.makePolicy)
      : options.makePolicy,
  });
  const map = new ExploredMap(frame.bounds);
  let sighted = false;
  let last: Look | undefined;
  const onLook = (_agentId: number, _step: number, look: Look): void => {
    const { view, pose } = look;
    map.add({ ...view, fov: frame.fov, pose });
    sighted ||= isInView(view, truth);
    last = look;
  };
  const before = vlm?.usage().totalTokens ?? 0;
  const start = performance.now();
  const poses: Pose[][] = Array.from({ length: numAgents }, () => []);
  const errors: string[] = [];
  let found: { agent: number; look: Look; ms: number } | undefined;
  const request = {
    query: episode.query,
    start: frame.start,
    numAgents,
    maxSteps,
    seed: episode.seed,
  };
  const running = run(request, world, {
    signal,
    onLook,
    shares,
    thumbnails: false,
  });
  for await (const event of running) {
    const ended = endedBy(event);
    if (ended !== undefined) turns.leave(ended);
    if (event.type === "agent_step") poses[event.agent_id]!.push(event.pose);
    if (event.type === "error") errors.push(event.message);
    if (event.type === "agent_found") {
      const ms = performance.now() - start;
      found = { agent: event.agent_id, look: last!, ms };
    }
  }
  signal.throwIfAborted();
  return {
    end: found !== undefined
      ? judgeFind({ image: found.look.view, pose: found.look.pose }, truth)
      : errors.length === numAgents
      ? "failed"
      : "none",
    steps: found === undefined
      ? Math.max(...poses.map(({ length }) => length))
      : poses[found.agent]!.length,
    looks: poses.flat().length,
    walked: found === undefined
      ? null
      : lengthOf(poses[found.agent]!, (a, b) => ways.between(a, b)),
    shortest: place.goal?.metres ?? null,
    sighted,
    coverage: coverageOf(map, place),
    ms: found?.ms ?? performance.now() - start,
    tokens: (vlm?.usage().totalTokens ?? 0) - before,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

/** The agent that ends with `event`, if one does. */
function endedBy(event: AgentEvent): number | undefined {
  return event.type === "agent_found" || event.type === "agent_done" ||
      event.type === "error"
    ? event.agent_id
    : undefined;
}

function lengthOf(
  poses: readonly Pose[],
  between: (a: Pose, b: Pose) => number,
): number {
  return poses.slice(1).reduce(
    (sum, pose, i) => sum + between(poses[i]!, pose),
    0,
  );
}

/** Share of the ground that can be walked to which has been seen. */
function coverageOf(
  map: ExploredMap,
  { ways, space: { grid } }: Place,
): number {
  const { cells } = ways;
  const seen = cells.filter((cell) =>
    map.state(grid.x(cell), grid.y(cell)) !== "unseen"
  );
  return seen.length / Math.max(1, cells.length);
}

/** The flat as the program's core knows it: without any truth. */
export function worldOf(
  { scene, renderer, space }: Pick<Place, "scene" | "space"> & {
    renderer: Renderer;
  },
  { makePolicy, verify }: Pick<SessionOptions, "makePolicy" | "verify">,
): Searchable {
  return {
    frame: scene.frame,
    renderer: () => Promise.resolve(renderer),
    freeSpace: () => Promise.resolve(space),
    width: PICTURE_SIZE,
    height: PICTURE_SIZE,
    makePolicy,
    verify,
  };
}
