/**
 * The policy that needs no model: it looks for an area of the query's colour
 * that has the usual size of the query's thing, and explores by depth until it
 * sees one. It knows nothing but colour, depth and its own pose, and never
 * claims what these cannot tell.
 *
 * @module
 */

import { distanceBetween, type Pose, wrapDegrees } from "../geometry/pose.ts";
import { type Blob, findBlobs } from "./blobs.ts";
import { maskColour } from "./colour_words.ts";
import {
  claimInWords,
  explorationInWords,
  seenInWords,
  type Sighting,
  sightingInWords,
} from "./baseline_words.ts";
import { Explorer } from "./explorer.ts";
import { isSamePlace, type Lead, Leads } from "./leads.ts";
import type {
  Decision,
  Observation,
  Policy,
  PolicyFactory,
  PolicyOptions,
} from "./policy.ts";
import { matchSize } from "./shape_match.ts";
import { readTarget, type TargetWords } from "./target_words.ts";

/** Nearer than this is near, metres on the ground. */
const NEAR = 2.2;
/** Share of the picture that a near thing fills. */
const LARGE = 0.004;
/** The middle of a thing lies within this share of the picture about its centre. */
const CENTRAL = 0.3;
/** A second look at what convinced is at most so far from the first, metres. */
const CONFIRMING_STEP = 0.3;
/** Looks at one thing before it is given up. */
const MOST_LOOKS = { yes: 8, maybe: 4, no: 0 };
/** Finds are claimed from so far, metres to the middle of what is seen, and shown by so much of the picture. */
const CLAIM_AWAY = [0.8, 1] as const;
const CLAIM_SHARE = 0.015;
/** Looks from there before the best view so far must do. */
const CLAIM_LOOKS = 3;
/** Cells of the colour mask along the longer side of a picture. */
const MASK_CELLS = 256;
/** Turn when there is nothing left to explore, degrees. */
const IDLE_TURN = 75;

/** Makes a policy for one agent. */
export const makeBaselinePolicy: PolicyFactory = (options) =>
  new BaselinePolicy(options);

class BaselinePolicy implements Policy {
  readonly #explorer: Explorer;
  readonly #target: TargetWords;
  readonly #leads = new Leads();
  /** The lead that is being followed. */
  #quarry: Lead | undefined;
  /** Whether the last decision was a find: whoever is asked again was refuted. */
  #hasClaimed = false;

  constructor(options: PolicyOptions) {
    this.#explorer = new Explorer(options);
    this.#target = readTarget(options.query);
  }

  decide(observation: Observation, signal: AbortSignal): Promise<Decision> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return Promise.resolve(this.#decide(observation));
  }

  #decide(observation: Observation): Decision {
    const { pose } = observation;
    this.#explorer.see(observation);
    if (this.#hasClaimed) this.#giveUp();
    this.#hasClaimed = false;
    const sightings = this.#look(observation);
    if (this.#quarry?.told !== undefined) {
      return this.#goUpTo(this.#quarry, sightings, pose);
    }
    const best = this.#choose(sightings);
    const next = best === undefined
      ? this.#followBlindly(pose)
      : this.#follow(best, sightings, pose);
    return next ?? this.#explore(pose, sightings);
  }

  /** On with what is in sight, unless it was looked at often enough. */
  #follow(
    best: Sighting,
    sightings: readonly Sighting[],
    pose: Pose,
  ): Decision | undefined {
    const { blob, match } = best;
    const lead = this.#leads.at(blob.position);
    const isConvincing = match.verdict === "yes" && blob.distance <= NEAR &&
      blob.share >= LARGE && isCentral(blob);
    if (isConvincing && lead.isConvincing && lead === this.#quarry) {
      lead.told = { blob, pose };
      return this.#goUpTo(lead, sightings, pose);
    }
    if (this.#quarry !== lead && this.#quarry !== undefined) {
      this.#quarry.isConvincing = false;
    }
    this.#quarry = lead;
    lead.position = blob.position;
    lead.looks++;
    lead.isConvincing = isConvincing;
    if (!isConvincing && blob.distance <= NEAR + 0.5) lead.tried.push(pose);
    if (lead.looks <= MOST_LOOKS[match.verdict]) {
      return this.#approach(best, pose);
    }
    this.#giveUp();
    return undefined;
  }

  /** On for a few looks with what was in sight before. */
  #followBlindly(pose: Pose): Decision | undefined {
    const lead = this.#quarry;
    if (lead === undefined) return undefined;
    lead.looks++;
    lead.isConvincing = false;
    const [x, y] = lead.position;
    const isNear = Math.hypot(x - pose.x, y - pose.y) < NEAR;
    if (lead.looks <= MOST_LOOKS.maybe && !isNear) {
      return this.#return(lead.position);
    }
    this.#giveUp();
    return undefined;
  }

  /** All areas of the colour with their comparison, refused places left out. */
  #look({ image, depth, fov, pose }: Observation): Sighting[] {
    const { colour, size } = this.#target;
    if (colour === undefined || size === undefined) return [];
    const { width, height } = image;
    const step = Math.max(1, Math.floor(Math.max(width, height) / MASK_CELLS));
    const mask = maskColour(image, colour, step);
    const cellSize = step * 2 * Math.tan(fov * Math.PI / 360) / height;
    return findBlobs({
      mask,
      columns: Math.floor(width / step),
      rows: Math.floor(height / step),
      step,
      depth,
      width,
      height,
      fov,
      pose,
    }).map((blob) => ({
      blob,
      match: matchSize(blob, size, { floor: this.#explorer.floor, cellSize }),
    }));
  }

  /** The most promising sighting: a match before a maybe, then the larger. */
  #choose(sightings: readonly Sighting[]): Sighting | undefined {
    const rank = { yes: 2, maybe: 1, no: 0 };
    return sightings.filter(({ blob, match }) =>
      match.verdict !== "no" &&
      !this.#explorer.board.isRefuted(blob.position) &&
      !this.#leads.isRefused(blob.position)
    ).sort((a, b) =>
      rank[b.match.verdict] - rank[a.match.verdict] ||
      b.blob.share - a.blob.share
    )[0];
  }

  #giveUp(): void {
    if (this.#quarry !== undefined) this.#quarry.isRefused = true;
    this.#quarry = undefined;
  }

  /**
   * To within a metre of what two views told, and claims it there. Where it
   * cannot be seen from so near, it is claimed from where it convinced.
   */
  #goUpTo(
    lead: Lead,
    sightings: readonly Sighting[],
    pose: Pose,
  ): Decision {
    const told = lead.told!;
    const blob = sightings.map(({ blob }) => blob).find(({ position }) =>
      isSamePlace(position, lead.position)
    );
    const isNear = blob !== undefined && blob.distance <= CLAIM_AWAY[1];
    const isLast = lead.approaches >= CLAIM_LOOKS;
    if (blob !== undefined && blob.share >= CLAIM_SHARE && (isNear || isLast)) {
      return this.#claim(blob, told.blob, pose);
    }
    if (blob !== undefined) lead.position = blob.position;
    if (lead.approaches > CLAIM_LOOKS) {
      this.#giveUp();
      return this.#explore(pose, sightings);
    }
    const [x, y] = lead.position;
    if (Math.hypot(x - pose.x, y - pose.y) < NEAR / 2) lead.reached.push(pose);
    lead.approaches++;
    const { colour, thing } = this.#target;
    return {
      action: "move",
      pose: isLast ? told.pose : this.#explorer.viewpoint(
        { position: lead.position },
        { away: CLAIM_AWAY, tried: lead.reached },
      ),
      reasoning: isLast
        ? `The ${colour} ${thing} is hidden from near; back to where it was seen.`
        : `The ${colour} ${thing} was seen twice; going up to it.`,
    };
  }

  /** What is in view now, by what the convincing view told of it. */
  #claim(blob: Blob, told: Blob, pose: Pose): Decision {
    this.#hasClaimed = true;
    return {
      action: "found",
      description: claimInWords(this.#target, {
        blob,
        told,
        pose,
        floor: this.#explorer.floor,
      }),
      box: blob.box,
    };
  }

  /** Towards a viewpoint from which the sighting can be judged. */
  #approach(sighting: Sighting, pose: Pose): Decision {
    const { blob, match } = sighting;
    const next = this.#viewpoint(blob.position);
    const isStill = distanceBetween(pose, next) < 0.05;
    const plan = isStill
      ? "turning to it"
      : blob.distance <= NEAR
      ? "looking from another side"
      : "going closer";
    const what = sightingInWords(this.#target, { blob, pose });
    const doubt = match.verdict === "yes"
      ? `could be the ${this.#target.thing}`
      : match.reason;
    return {
      action: "move",
      pose: next,
      reasoning: `${what} ${doubt}; ${plan}.`,
    };
  }

  /** Back to where something was seen that is hidden now. */
  #return(position: Blob["position"]): Decision {
    return {
      action: "move",
      pose: this.#viewpoint(position),
      reasoning:
        `The ${this.#target.colour} area seen before is hidden from here; going around.`,
    };
  }

  /** What convinced is looked at once more from almost the same place. */
  #viewpoint(position: Blob["position"]): Pose {
    return this.#explorer.viewpoint({ position }, {
      tried: this.#quarry?.tried ?? [],
      ...(this.#quarry?.isConvincing === true
        ? { within: CONFIRMING_STEP }
        : {}),
    });
  }

  #explore(pose: Pose, sightings: readonly Sighting[]): Decision {
    const next = this.#explorer.next();
    const seen = seenInWords(this.#target, sightings[0], pose);
    return next === undefined
      ? {
        action: "move",
        pose: { ...pose, yaw: wrapDegrees(pose.yaw + IDLE_TURN) },
        reasoning: `${seen} Nothing unseen is in reach; turning to look again.`,
      }
      : {
        action: "move",
        pose: next.pose,
        reasoning: `${seen} ${explorationInWords(next, pose)}`,
      };
  }
}

function isCentral({ box }: Blob): boolean {
  return Math.abs((box[0] + box[2]) / 2 - 0.5) < CENTRAL &&
    Math.abs((box[1] + box[3]) / 2 - 0.5) < 0.4;
}
