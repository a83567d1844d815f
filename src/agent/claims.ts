/**
 * The finds that agents claim: each is checked before it counts, and what was
 * refuted once is remembered by the whole team.
 *
 * @module
 */

import type { Blackboard } from "../map/blackboard.ts";
import type { Policy, Verdict } from "../policy/policy.ts";
import { locate, type Place } from "./locate.ts";
import { type Claim, verify, type VerifyOptions } from "./verify.ts";

/** What became of a claim. */
export interface Judgement extends Verdict {
  /** Where the thing is, if depth and box tell. */
  readonly place: Place | undefined;
  /** Pictures that the check was asked about; 0 without a check. */
  readonly views: number;
}

/** The claims of one session. */
export class Claims {
  readonly #board: Blackboard;
  readonly #verifies: boolean;

  /**
   * @param board remembers what was refuted
   * @param verifies false lets every claim stand
   */
  constructor(board: Blackboard, verifies: boolean) {
    this.#board = board;
    this.#verifies = verifies;
  }

  /**
   * Judges a claim of an agent with `policy`. Policies that cannot check theirs
   * are believed.
   *
   * @throws What {@linkcode verify} throws.
   */
  async judge(
    claim: Claim,
    policy: Policy,
    options: VerifyOptions,
  ): Promise<Judgement> {
    const place = claim.box && locate(
      { ...claim.look.view, pose: claim.look.pose, fov: options.fov },
      claim.box,
    );
    if (!this.#verifies || policy.verify === undefined) {
      return { confirmed: true, evidence: "", place, views: 0 };
    }
    if (place !== undefined && this.#board.isRefuted(place.position)) {
      return {
        confirmed: false,
        evidence: "it was looked at from nearer before, and it was not it",
        place,
        views: 0,
      };
    }
    const verdict = await verify(
      claim,
      { verify: policy.verify.bind(policy) },
      options,
    );
    if (!verdict.confirmed && place !== undefined) {
      this.#board.refute({
        agentId: claim.agentId,
        position: place.position,
        words: claim.description,
      });
    }
    return { ...verdict, place };
  }

  /** Frees the goal of an agent that has ended, for others to go there. */
  leave(agentId: number): void {
    this.#board.claimGoal(agentId);
  }

  /** Tells the team what may be the target, if its place can be told and is not refuted. */
  sight({ agentId, look, description, box }: Claim, fov: number): void {
    const place = box &&
      locate({ ...look.view, pose: look.pose, fov }, box);
    if (place === undefined) return;
    this.#board.sightAgain(place.position, look.pose);
    if (this.#board.isRefuted(place.position)) return;
    this.#board.sight({
      agentId,
      position: place.position,
      words: description,
    });
  }
}
