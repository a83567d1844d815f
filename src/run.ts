/**
 * The core: a request and a world become the events of one session. CLI and
 * server consume the same iterator.
 *
 * @module
 */

import type { Find } from "./agent/find.ts";
import { boundedGround, freeGround, type Ground } from "./agent/ground.ts";
import { openEyes } from "./agent/look.ts";
import type { Look } from "./agent/look.ts";
import { PANORAMA_FOV, PANORAMA_SIZE } from "./agent/panorama.ts";
import { search } from "./agent/team.ts";
import type { AgentEvent } from "./events/event.ts";
import { clampPose } from "./geometry/bounds.ts";
import type { Pose } from "./geometry/pose.ts";
import { Blackboard } from "./map/blackboard.ts";
import type { World } from "./world.ts";

export type { AgentEvent, Find, Look };

/** What to find, from where and with whom. */
export interface RunRequest {
  /** What to find, in the user's words. */
  readonly query: string;
  /** Start of agent 0, world metres and degrees, pulled into the scene's bounds as moves are; the others look in other directions. */
  readonly start: Pose;
  /** Agents that search at once, >= 1. */
  readonly numAgents: number;
  /** Looks that each agent has, >= 1. */
  readonly maxSteps: number;
  /** Seeds the policies; each adds its agent's number. */
  readonly seed: number;
}

/** As much of a world as a run needs. */
export type Searchable =
  & Pick<
    World,
    | "renderer"
    | "frame"
    | "width"
    | "height"
    | "freeSpace"
    | "makePolicy"
    | "verify"
  >
  & Partial<Pick<World, "panorama">>;

/** Options of {@linkcode run}. */
export interface RunOptions {
  /** Stops the session: open agents end with `agent_done`, then comes `session_complete`. */
  readonly signal: AbortSignal;
  /** Told of each look with its full view, just before its `agent_step`. */
  readonly onLook?: (agentId: number, step: number, look: Look) => void;
  /** Told where the winner found the target, just before its last `agent_step`. */
  readonly onFind?: (find: Find) => void;
  /** What an earlier attempt has told: the run goes on from there, and yields none of it again. */
  readonly told?: readonly AgentEvent[];
  /** What `session_complete` says if nobody found anything. @default {"No target found"} */
  readonly notFound?: () => string;
  /** Whether the agents share what they know: map, goals, refuted finds. @default {true} */
  readonly shares?: boolean;
  /** Whether steps carry pictures; else `image_b64` is empty, and nothing is encoded for it. @default {true} */
  readonly thumbnails?: boolean;
}

/**
 * Runs one session. Yields each event as it happens and ends after
 * `session_complete`; does not throw for what agents, models or the signal do.
 * A reader that leaves stops the agents.
 */
export function run(
  request: RunRequest,
  world: Searchable,
  options: RunOptions,
): AsyncGenerator<AgentEvent, void> {
  const { query, numAgents, maxSteps, seed } = request;
  const { frame, width, height } = world;
  const start = clampPose(request.start, frame.bounds);
  const { shares = true, thumbnails = true } = options;
  const boards = Array.from(
    { length: shares ? 1 : numAgents },
    () => new Blackboard(frame.bounds),
  );
  const boardOf = (agentId: number): Blackboard =>
    boards[agentId % boards.length]!;
  const { renderer } = world;
  const panorama = world.panorama
    ? openEyes({
      renderer,
      frame: { ...frame, fov: PANORAMA_FOV },
      width: PANORAMA_SIZE,
      height: PANORAMA_SIZE,
    })
    : undefined;
  return search({
    start,
    numAgents,
    maxSteps,
    eyes: openEyes({ renderer, frame, width, height, thumbnails }),
    panorama,
    makePolicy: (agentId) =>
      world.makePolicy({
        query,
        agentId,
        numAgents,
        seed,
        board: boardOf(agentId),
      }),
    boardOf,
    bounds: frame.bounds,
    ground: () => openGround(world, start),
    verify: world.verify,
    fov: frame.fov,
    ...options,
  });
}

/** The ground of `world` for whoever starts at `start`: bounds alone where geometry cannot be trusted. */
export async function openGround(
  { frame, freeSpace }: Pick<World, "frame" | "freeSpace">,
  start: Pose,
): Promise<Ground> {
  const space = await freeSpace(start);
  return space === undefined ? boundedGround(frame.bounds) : freeGround(space);
}
