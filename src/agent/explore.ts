/**
 * One agent: look, decide, move, until the target is found, the steps run out
 * or somebody stops it. Owns no GPU, no socket and no clock.
 *
 * @module
 */

import type { AgentEvent } from "../events/event.ts";
import type { Bounds } from "../geometry/bounds.ts";
import { type Pose, wrapDegrees } from "../geometry/pose.ts";
import type { Picture, Policy } from "../policy/policy.ts";
import type { Claims } from "./claims.ts";
import type { Find } from "./find.ts";
import type { Ground } from "./ground.ts";
import type { Eyes, Look } from "./look.ts";
import { outcomeOf } from "./outcome.ts";
import type { Told } from "./told.ts";
import { unlessAborted } from "./unless_aborted.ts";

/** What an agent is given. */
export interface ExploreOptions {
  /** From 0. */
  readonly agentId: number;
  readonly start: Pose;
  /** Looks, >= 1. */
  readonly maxSteps: number;
  readonly eyes: Eyes;
  /** Made when the agent starts; what it throws is the agent's failure. */
  readonly makePolicy: () => Policy;
  /** World box that poses are clamped to, metres. */
  readonly bounds: Bounds;
  /** Asked for while the agent first looks, waited for when it first moves. */
  readonly ground: () => Promise<Ground>;
  /** What is around the start, the same for the whole team; absent where nobody looked. */
  readonly panorama?: (() => Promise<readonly Look[]>) | undefined;
  /** The session's claims, shared by its agents. */
  readonly claims: Claims;
  /** Vertical field of view of the pictures, degrees. */
  readonly fov: number;
  /**
   * Asked before a find is told: true for the first agent of a session, which
   * thereby wins; whoever is told false ends as if stopped.
   */
  readonly claimWin: () => boolean;
  /** Told of each step with its full view, just before the step's event. */
  readonly onLook?: (step: number, look: Look) => void;
  /** Told what was found, just before the step that tells of it. */
  readonly onFind?: (find: Find) => void;
  /** What an earlier attempt has told of it: it looks again from its last pose, and repeats nothing. */
  readonly told?: Told;
  /** Stops the agent, also in the middle of a rendering or a model call. */
  readonly signal: AbortSignal;
}

/**
 * Explores and yields each event as it happens: `agent_started`, `agent_step`
 * with step 0, 1, ..., then exactly one of `agent_found`, `agent_done` (steps
 * used up, or stopped) and `error` (the agent cannot go on). Never throws.
 */
export async function* explore(
  options: ExploreOptions,
): AsyncGenerator<AgentEvent, void> {
  const { agentId: agent_id, start, maxSteps, signal, told } = options;
  if (!told?.isStarted) {
    yield { type: "agent_started", agent_id, start_pose: plain(start) };
  }
  const last = told?.steps.at(-1);
  const trajectory: (Pose & { step: number })[] =
    told?.steps.map(({ pose, step }) => ({ ...pose, step })) ?? [];
  const done = (): AgentEvent => ({
    type: "agent_done",
    agent_id,
    found: false,
    steps: trajectory.length,
    trajectory,
  });
  try {
    const policy = options.makePolicy();
    let pose: Pose = last?.pose ?? start;
    if (last?.action === "found") {
      const look = await options.eyes(pose, signal);
      yield {
        type: "agent_found",
        agent_id,
        description: last.reasoning,
        final_image_b64: (await look.png()).toBase64(),
        steps: trajectory.length,
        trajectory,
      };
      return;
    }
    let note: string | undefined;
    let blocked: Pose | undefined;
    let panorama = options.panorama === undefined
      ? undefined
      : await unlessAborted(options.panorama(), signal);
    for (let step = trajectory.length; step < maxSteps; step++) {
      signal.throwIfAborted();
      const look = await options.eyes(pose, signal);
      // Encoded while the policy thinks; a stopped agent leaves it unread.
      const thumbnail = look.thumbnail();
      thumbnail.catch(() => {});
      const standing = options.ground();
      standing.catch(() => {});
      const decision = await policy.decide({
        image: look.view,
        png: look.png,
        depth: look.view.depth,
        fov: options.fov,
        pose,
        bounds: options.bounds,
        step,
        totalSteps: maxSteps,
        ...(note === undefined ? {} : { note }),
        ...(blocked === undefined ? {} : { blocked }),
        ...(panorama === undefined
          ? {}
          : { panorama: panorama.map(pictureOf) }),
      }, signal);
      panorama = undefined; // Told once.
      signal.throwIfAborted();
      const outcome = await outcomeOf(decision, { ...options, look, policy });

      const image_b64 = (await thumbnail).toBase64();
      signal.throwIfAborted();
      if (outcome.found && !options.claimWin()) break;
      trajectory.push({ ...plain(pose), step });
      options.onLook?.(step, look);
      if (outcome.find !== undefined) options.onFind?.(outcome.find);
      yield {
        type: "agent_step",
        agent_id,
        step,
        total_steps: maxSteps,
        pose: plain(pose),
        image_b64,
        reasoning: outcome.reasoning,
        action: outcome.found ? "found" : "move",
      };
      if (outcome.found) {
        yield {
          type: "agent_found",
          agent_id,
          description: outcome.reasoning,
          final_image_b64: (await look.png()).toBase64(),
          steps: trajectory.length,
          trajectory,
        };
        return;
      }
      const ground = await unlessAborted(standing, signal);
      const arrival = ground.arrive(pose, finite(outcome.next, pose));
      pose = arrival.pose;
      blocked = arrival.blocked;
      note = [outcome.note, arrival.note].filter(Boolean).join(" ") ||
        undefined;
    }
    yield done();
  } catch (fault) {
    yield signal.aborted
      ? done()
      : { type: "error", agent_id, message: messageOf(fault) };
  } finally {
    options.claims.leave(agent_id);
  }
}

/** `wanted`; what is not finite keeps the old value, yaw is taken modulo 360. */
function finite(wanted: Pose, old: Pose): Pose {
  const field = (key: keyof Pose): number =>
    Number.isFinite(wanted[key]) ? wanted[key] : old[key];
  return {
    x: field("x"),
    y: field("y"),
    z: field("z"),
    yaw: wrapDegrees(field("yaw")),
  };
}

function pictureOf({ view, png, pose }: Look): Picture {
  return { image: view, png, pose };
}

/** Exactly the keys of the wire. */
function plain({ x, y, z, yaw }: Pose): Pose {
  return { x, y, z, yaw };
}

/** One line that names the cause. */
function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
