/**
 * The finds that agents claim: each is checked before it counts, and what was
 * refuted once is remembered by the whole team.
 *
 * @module
 */

import type { Policy, Verdict } from "../policy/policy.ts";
import { locate, type Place } from "./locate.ts";
import { type Claim, verify, type VerifyOptions } from "./verify.ts";

/** A claim nearer than this to a refuted one is the same thing, metres. */
const SAME_THING = 0.6;

/** What became of a claim. */
export interface Judgement extends Verdict {
  /** Where the thing is, if depth and box tell. */
  readonly place: Place | undefined;
}

/** The claims of one session. */
export class Claims {
  readonly #verifies: boolean;
  readonly #refuted: Place[] = [];

  /** @param verifies false lets every claim stand */
  constructor(verifies: boolean) {
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
      return { confirmed: true, evidence: "", place };
    }
    if (place !== undefined && this.#wasRefuted(place)) {
      return {
        confirmed: false,
        evidence: "it was looked at from nearer before, and it was not it",
        place,
      };
    }
    const verdict = await verify(
      claim,
      { verify: policy.verify.bind(policy) },
      options,
    );
    if (!verdict.confirmed && place !== undefined) this.#refuted.push(place);
    return { ...verdict, place };
  }

  #wasRefuted({ position }: Place): boolean {
    return this.#refuted.some((other) =>
      Math.hypot(
        ...position.map((value, axis) => value - other.position[axis as 0]),
      ) < SAME_THING
    );
  }
}
