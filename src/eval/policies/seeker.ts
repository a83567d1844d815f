/**
 * Explores as the program's own policies do, and sees with the simulated
 * detector: it goes to what is reported and claims it from within a metre. Whether
 * that holds is for the program's own check to tell.
 *
 * @module
 */

import {
  type DepthPicture,
  locate,
  type PictureBox,
  type Place,
} from "../../agent/locate.ts";
import { type Bounds, distanceToBox } from "../../geometry/bounds.ts";
import { type Pose, wrapDegrees } from "../../geometry/pose.ts";
import type { Vector3 } from "../../geometry/vector.ts";
import type { Explorer } from "../../policy/explorer.ts";
import type {
  ClaimViews,
  Decision,
  Observation,
  Policy,
  Verdict,
} from "../../policy/policy.ts";
import type { SimulatedDetector } from "../detector.ts";
import { LEAST_SHARE, WITHIN } from "../judge.ts";

/** The program's own explorer, or one that lacks something. */
export type Explores = Pick<Explorer, "board" | "see" | "next" | "viewpoint">;

/** Things nearer to each other than this are one, metres. */
const SAME_THING = 0.7;
/** Looks that a thing is worth; one that is missed more often than reported is none. */
const MOST_LOOKS = 10;
/** Looks on the way that may show nothing of it. */
const MOST_IN_VAIN = 3;
/** Turn when there is nothing left to explore, degrees. */
const IDLE_TURN = 75;
/** What is known of a box errs by so much, metres. */
const MARGIN = 0.05;
/** Not all points in a box are the thing's: so many times what counts must be in view. */
const AMPLE = 1.3;
/** After so many near places what counts must do. */
const MANY_TRIED = 3;
/** Share of the picture in which a thing would be reported again. */
const PLAIN = 0.005;
/** From where claims are made, metres to the box: its place errs a little, and from nearer little of it is in a level view. */
const AWAY = { least: 0.5, most: 0.9 };
/** What is seen from afar proves to be farther, by so much a metre. */
const FARTHER = 0.08;
/** Places so alike are equally good, metres. */
const SPREAD = 0.1;

/** What was reported and is being looked into. */
interface Lead {
  place: Place;
  looks: number;
  /** Looks that reported it, and looks that should have and did not. */
  reports: number;
  misses: number;
  /** From where it was near and hidden. */
  readonly tried: Pose[];
}

/** Options for {@linkcode SeekerPolicy}. */
export interface SeekerOptions {
  readonly agentId: number;
  readonly explorer: Explores;
  readonly detector: SimulatedDetector;
}

/** One agent. */
export class SeekerPolicy implements Policy {
  readonly #options: SeekerOptions;
  readonly #leads: Lead[] = [];
  /** Places that it looked into in vain. */
  readonly #refused: Place[] = [];
  /** The one that is followed. */
  #lead: Lead | undefined;

  constructor(options: SeekerOptions) {
    this.#options = options;
  }

  decide(observation: Observation, signal: AbortSignal): Promise<Decision> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return Promise.resolve(this.#decide(observation));
  }

  /** Confirmed if it is reported in the middle of at least half of the views, where the claim is. */
  verify({ pictures }: ClaimViews, signal: AbortSignal): Promise<Verdict> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const seen = pictures.filter((picture) => {
      const report = this.#options.detector.detect(picture);
      return report !== undefined && isMiddle(report.box);
    }).length;
    return Promise.resolve({
      confirmed: 2 * seen >= pictures.length,
      evidence: `${seen} of ${pictures.length} nearer views show it`,
    });
  }

  #decide(observation: Observation): Decision {
    const { explorer } = this.#options;
    const { pose } = observation;
    explorer.see(observation);
    // The last claim was refuted: there is nothing at this place.
    if (observation.note?.includes("claim") === true) this.#giveUp();
    const reported = this.#look(observation);
    const lead = this.#lead = this.#foremost();
    if (lead !== undefined) {
      lead.looks++;
      const box = grown(lead.place.box);
      if (distanceToBox(box, pose) <= WITHIN - MARGIN) {
        if (
          reported?.lead === lead &&
          shareOf(box, observation, reported.box) >=
            (lead.tried.length < MANY_TRIED ? AMPLE : 1) * LEAST_SHARE
        ) {
          return {
            action: "found",
            description: "The simulated detector reported it here.",
            box: reported.box,
          };
        }
        lead.tried.push(pose);
      }
      if (reported?.lead !== lead && shareOf(box, observation) >= PLAIN) {
        lead.misses++;
      }
      const isVain = lead.looks > MOST_LOOKS ||
        lead.looks - lead.reports > MOST_IN_VAIN ||
        lead.misses > lead.reports;
      if (!isVain) {
        return {
          action: "move",
          pose: explorer.viewpoint(lead.place, {
            away: awayFrom(lead.place),
            tried: lead.tried,
          }),
          reasoning: "Going to what the simulated detector reported.",
        };
      }
      this.#giveUp();
    }
    const next = explorer.next();
    return {
      action: "move",
      pose: next?.pose ?? { ...pose, yaw: wrapDegrees(pose.yaw + IDLE_TURN) },
      reasoning: "Exploring.",
    };
  }

  /** What the detector reports, with the lead that it is of; nothing of places that were looked into. */
  #look(
    observation: Observation,
  ): { lead: Lead; box: PictureBox } | undefined {
    const { detector } = this.#options;
    const report = detector.detect(observation);
    const place = report && locate(pictureOf(observation), report.box);
    if (place === undefined || this.#isRefused(place)) return undefined;
    let lead = this.#leads.find((lead) => isSame(lead.place, place));
    if (lead === undefined) {
      lead = { place, looks: 0, reports: 0, misses: 0, tried: [] };
      this.#leads.push(lead);
    }
    lead.place = place;
    lead.reports++;
    return { lead, box: report!.box };
  }

  /** The lead that was reported most often; the one that is followed among equals. */
  #foremost(): Lead | undefined {
    return this.#leads.filter(({ place }) => !this.#isRefused(place)).sort((
      a,
      b,
    ) =>
      b.reports - a.reports ||
      Number(b === this.#lead) - Number(a === this.#lead)
    )[0];
  }

  /** Whether it looked there in vain, or the team's check refuted it. */
  #isRefused(place: Place): boolean {
    return this.#options.explorer.board.isRefuted(place.position) ||
      this.#refused.some((old) => isSame(old, place));
  }

  #giveUp(): void {
    if (this.#lead !== undefined) this.#refused.push(this.#lead.place);
    this.#lead = undefined;
  }
}

function pictureOf(
  { image: { width, height }, depth, pose, fov }: Observation,
): DepthPicture {
  return { width, height, depth, pose, fov };
}

function isSame({ position: a }: Place, { position: b }: Place): boolean {
  return Math.hypot(a[0] - b[0], a[1] - b[1]) < SAME_THING;
}

/** Whether a box reaches into the middle fifth of the picture. */
function isMiddle([left, top, right, bottom]: PictureBox): boolean {
  return left < 0.6 && right > 0.4 && top < 0.6 && bottom > 0.4;
}

/** Least and most metres to the box of what is gone to. */
function awayFrom({ distance }: Place): readonly [number, number] {
  const most = Math.max(
    AWAY.most - FARTHER * distance,
    AWAY.least + SPREAD,
  );
  return [most - SPREAD, most];
}

/** The box with room for what its place errs. */
function grown({ min, max }: Bounds): Bounds {
  const by = (corner: Vector3, metres: number): Vector3 => [
    corner[0] + metres,
    corner[1] + metres,
    corner[2] + metres,
  ];
  return { min: by(min, -MARGIN), max: by(max, MARGIN) };
}

/** Share of the picture that shows points of a box of the world, within a part of the picture. */
function shareOf(
  { min, max }: Bounds,
  { image: { width, height }, depth, pose, fov }: Observation,
  [left, top, right, bottom]: PictureBox = [0, 0, 1, 1],
): number {
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const yaw = pose.yaw * Math.PI / 180;
  const [cosine, sine] = [Math.cos(yaw), Math.sin(yaw)];
  let count = 0;
  for (let v = Math.floor(top * height); v < bottom * height; v++) {
    for (let u = Math.floor(left * width); u < right * width; u++) {
      const ahead = depth[v * width + u]!;
      if (!(ahead > 0)) continue;
      const aside = (u + 0.5 - width / 2) / focal * ahead;
      const x = pose.x + ahead * cosine + aside * sine;
      const y = pose.y + ahead * sine - aside * cosine;
      const z = pose.z - (v + 0.5 - height / 2) / focal * ahead;
      if (
        x >= min[0] && x <= max[0] && y >= min[1] && y <= max[1] &&
        z >= min[2] && z <= max[2]
      ) count++;
    }
  }
  return count / (width * height);
}
