/**
 * The policy that needs no model: it looks for an area of the query's colour
 * that has the usual size of the query's thing, and explores by depth until it
 * sees one. It knows nothing but colour, depth and its own pose, and never
 * claims what these cannot tell.
 *
 * @module
 */

import {
  distanceBetween,
  type Pose,
  turnBetween,
  wrapDegrees,
} from "../geometry/pose.ts";
import { type Blob, findBlobs } from "./blobs.ts";
import { maskColour } from "./colour_words.ts";
import { Explorer } from "./explorer.ts";
import type {
  Decision,
  Observation,
  Policy,
  PolicyFactory,
  PolicyOptions,
} from "./policy.ts";
import { type Match, matchSize } from "./shape_match.ts";
import { readTarget, type TargetWords } from "./target_words.ts";

/** Longest move in a step, metres. */
const STRIDE = 2;
/** Nearer than this is near, metres on the ground. */
const NEAR = 2.2;
/** Share of the picture that a near thing fills. */
const LARGE = 0.004;
/** The middle of a thing lies within this share of the picture about its centre. */
const CENTRAL = 0.3;
/** Views of one thing are of the same place if so near to each other, metres. */
const SAME_PLACE = 0.6;
/** A second look at what convinced is at most so far from the first, metres. */
const CONFIRMING_STEP = 0.3;
/** Looks at one thing before it is given up. */
const MOST_LOOKS = { yes: 8, maybe: 4, no: 0 };
/** Cells of the colour mask along the longer side of a picture. */
const MASK_CELLS = 256;
/** Turn when there is nothing left to explore, degrees. */
const IDLE_TURN = 75;

/** Makes a policy for one agent. */
export const makeBaselinePolicy: PolicyFactory = (options) =>
  new BaselinePolicy(options);

/** An area of the colour, and how it compares. */
interface Sighting {
  readonly blob: Blob;
  readonly match: Match;
}

/** A place where something of the colour was seen. */
interface Lead {
  position: Blob["position"];
  /** Views of it so far. */
  looks: number;
  /** Viewpoints from which it was near and could not be told. */
  readonly tried: Pose[];
  /** The last view showed it near, large, central and of the right size. */
  isConvincing: boolean;
  /** Turned out to be something else, or cannot be told. */
  isRefused: boolean;
}

class BaselinePolicy implements Policy {
  readonly #explorer: Explorer;
  readonly #target: TargetWords;
  readonly #leads: Lead[] = [];
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
    const best = this.#choose(sightings);
    if (best !== undefined) {
      const { blob, match } = best;
      const lead = this.#leadAt(blob.position);
      const isConvincing = match.verdict === "yes" && blob.distance <= NEAR &&
        blob.share >= LARGE && isCentral(blob);
      if (isConvincing && lead.isConvincing && lead === this.#quarry) {
        return this.#claim(blob, pose);
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
    } else if (this.#quarry !== undefined) {
      // It was in sight before: go on for a few looks, then give it up.
      const lead = this.#quarry;
      lead.looks++;
      lead.isConvincing = false;
      const [x, y] = lead.position;
      const isNear = Math.hypot(x - pose.x, y - pose.y) < NEAR;
      if (lead.looks <= MOST_LOOKS.maybe && !isNear) {
        return this.#return(lead.position);
      }
      this.#giveUp();
    }
    return this.#explore(pose, sightings);
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
      !this.#leads.some((lead) =>
        lead.isRefused && isSamePlace(lead.position, blob.position)
      )
    ).sort((a, b) =>
      rank[b.match.verdict] - rank[a.match.verdict] ||
      b.blob.share - a.blob.share
    )[0];
  }

  /** What is known of the place at `position`; new if nothing is. */
  #leadAt(position: Blob["position"]): Lead {
    const known = this.#leads.find((lead) =>
      isSamePlace(lead.position, position)
    );
    if (known !== undefined) return known;
    const lead: Lead = {
      position,
      looks: 0,
      tried: [],
      isConvincing: false,
      isRefused: false,
    };
    this.#leads.push(lead);
    return lead;
  }

  #giveUp(): void {
    if (this.#quarry !== undefined) this.#quarry.isRefused = true;
    this.#quarry = undefined;
  }

  #claim(blob: Blob, pose: Pose): Decision {
    this.#hasClaimed = true;
    const { colour, thing } = this.#target;
    return {
      action: "found",
      description: `The ${colour} ${thing} is ${blob.distance.toFixed(1)} m ${
        sideOf(blob, pose)
      }: ${colour}, ${blob.across.toFixed(1)} m wide and ${
        (blob.high - this.#explorer.floor).toFixed(1)
      } m high, the usual size of such a thing, seen twice.`,
      box: blob.box,
    };
  }

  /** Towards a viewpoint from which the sighting can be judged. */
  #approach(
    { blob, match }: Sighting,
    pose: Pose,
  ): Decision {
    const { colour, thing } = this.#target;
    const next = this.#viewpoint(blob.position);
    const what = `A ${colour} area ${blob.across.toFixed(1)} m wide ${
      sideOf(blob, pose)
    } at ${blob.distance.toFixed(1)} m`;
    const isStill = distanceBetween(pose, next) < 0.05;
    const plan = isStill
      ? "turning to it"
      : blob.distance <= NEAR
      ? "looking from another side"
      : "going closer";
    const doubt = match.verdict === "yes"
      ? `could be the ${thing}`
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
    return this.#explorer.viewpoint(position, {
      tried: this.#quarry?.tried ?? [],
      ...(this.#quarry?.isConvincing === true
        ? { within: CONFIRMING_STEP }
        : {}),
    });
  }

  #explore(pose: Pose, sightings: readonly Sighting[]): Decision {
    const next = this.#explorer.next();
    const seen = this.#describe(sightings, pose);
    if (next === undefined) {
      return {
        action: "move",
        pose: { ...pose, yaw: wrapDegrees(pose.yaw + IDLE_TURN) },
        reasoning: `${seen} Nothing unseen is in reach; turning to look again.`,
      };
    }
    const isStill = distanceBetween(pose, next.pose) < 0.05;
    const turn = turnBetween(pose.yaw, next.pose.yaw);
    const way = isStill
      ? `turning ${turn > 0 ? "left" : "right"} by ${
        Math.abs(turn).toFixed(0)
      } degrees`
      : `going ${distanceBetween(pose, next.pose).toFixed(1)} m${
        next.distance > STRIDE
          ? ` towards a place ${next.distance.toFixed(1)} m away`
          : ""
      }`;
    const hope = next.gain < 0.5
      ? "Little is unseen in reach"
      : `About ${next.gain.toFixed(0)} square metres are unseen there`;
    return {
      action: "move",
      pose: next.pose,
      reasoning: `${seen} ${hope}; ${way}.`,
    };
  }

  /** What was seen that is not the target, or why nothing can be. */
  #describe(sightings: readonly Sighting[], pose: Pose): string {
    const { colour, thing, unknown } = this.#target;
    if (unknown !== undefined) {
      return `${unknown[0]!.toUpperCase()}${
        unknown.slice(1)
      }, so I can only explore.`;
    }
    const worst = sightings[0];
    if (worst === undefined) return `No ${colour} ${thing} in sight.`;
    return worst.match.verdict === "no"
      ? `Something ${colour} ${
        sideOf(worst.blob, pose)
      } ${worst.match.reason} for a ${thing}.`
      : `Something ${colour} ${
        sideOf(worst.blob, pose)
      } could not be made out.`;
  }
}

function isCentral({ box }: Blob): boolean {
  return Math.abs((box[0] + box[2]) / 2 - 0.5) < CENTRAL &&
    Math.abs((box[1] + box[3]) / 2 - 0.5) < 0.4;
}

function isSamePlace(a: Blob["position"], b: Blob["position"]): boolean {
  return Math.hypot(a[0] - b[0], a[1] - b[1]) < SAME_PLACE;
}

/** `ahead`, `to the left` or `to the right`. */
function sideOf({ heading }: Blob, pose: Pose): string {
  const turn = turnBetween(pose.yaw, heading);
  return Math.abs(turn) < 12
    ? "ahead"
    : turn > 0
    ? "to the left"
    : "to the right";
}
