/**
 * What a decision comes to, once a claim in it has been judged.
 *
 * @module
 */

import { type Pose, turned } from "../geometry/pose.ts";
import type { Decision, Policy } from "../policy/policy.ts";
import type { Claims } from "./claims.ts";
import { describePlace } from "./directions.ts";
import { describeFind, type Find } from "./find.ts";
import type { Ground } from "./ground.ts";
import type { Eyes, Look } from "./look.ts";
import { unlessAborted } from "./unless_aborted.ts";

/** Turn after a reply that could not be read, or a claim that was refuted, degrees. */
const AIMLESS_TURN = 30;

/** What a step comes to. */
export interface Outcome {
  readonly found: boolean;
  readonly reasoning: string;
  /** Where to go, as wished. */
  readonly next: Pose;
  /** What the policy must know at its next step. */
  readonly note?: string;
  /** What was found. */
  readonly find?: Find;
}

/** What judging a decision needs. */
export interface OutcomeOptions {
  /** Who decided. */
  readonly agentId: number;
  /** Where the decision was made. */
  readonly look: Look;
  readonly policy: Policy;
  readonly eyes: Eyes;
  readonly claims: Claims;
  readonly ground: () => Promise<Ground>;
  /** Vertical field of view, degrees. */
  readonly fov: number;
  /** Start of the agent: the way to a find is told from there. */
  readonly start: Pose;
  readonly signal: AbortSignal;
}

/**
 * The outcome of a decision: a move as it is told, a turn for what could not
 * be read, and for a claim a find if it is confirmed, else a move on.
 *
 * @throws The signal's reason if aborted; what checking a claim throws.
 */
export async function outcomeOf(
  decision: Decision,
  options: OutcomeOptions,
): Promise<Outcome> {
  if (decision.action === "found") return await judge(decision, options);
  const { agentId, look, claims, fov } = options;
  if (decision.action === "unreadable") {
    return {
      found: false,
      reasoning: "(parse failed - rotating)",
      next: turned(look.pose, AIMLESS_TURN),
    };
  }
  const { sighting, reasoning, pose } = decision;
  if (sighting !== undefined) {
    claims.sight({ ...sighting, agentId, look }, fov);
  }
  return { found: false, reasoning, next: pose };
}

async function judge(
  claim: Extract<Decision, { action: "found" }>,
  options: OutcomeOptions,
): Promise<Outcome> {
  const { agentId, look, policy, eyes, claims, ground, fov, start, signal } =
    options;
  const judgement = await claims.judge(
    { ...claim, agentId, look },
    policy,
    {
      eyes,
      fov,
      isFree: async (pose) =>
        (await unlessAborted(ground(), signal)).isFree(pose),
      signal,
    },
  );
  signal.throwIfAborted();
  const { confirmed, evidence } = judgement;
  const next = claim.otherwise ?? turned(look.pose, AIMLESS_TURN);
  if (confirmed) {
    const find = describeFind({ ...claim, agentId, look }, {
      judgement,
      ground: await unlessAborted(ground(), signal),
      start,
    });
    return {
      found: true,
      reasoning: claim.description + describePlace(find, start),
      next,
      find,
    };
  }
  return {
    found: false,
    reasoning:
      `Claimed to see it (${claim.description}), but a look from nearer refutes that: ${evidence}`,
    next,
    note:
      `Your claim "${claim.description}" was checked from nearer and refuted: ${
        evidence.replace(/[.\s]+$/, "")
      }. Do not claim it again; search elsewhere.`,
  };
}
