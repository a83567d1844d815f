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
import { distanceToBox } from "../../geometry/bounds.ts";
import { type Pose, wrapDegrees } from "../../geometry/pose.ts";
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
import { grown, MARGIN, shareOf } from "./world_box.ts";

/** The program's own explorer, or one that lacks something. */
export type Explores = Pick<Explorer, "board" | "see" | "next" | "viewpoint">;

/** Things nearer to each other than this are one, metres. */
const SAME_THING = 0.7;
/** Agents that go to places so near to each other go to one, metres. */
const SAME_GOAL = 0.35;
/** Looks that a thing is worth; one that is missed more often than reported is none. */
const MOST_LOOKS = 10;
/** Looks on the way that may show nothing of it. */
const MOST_IN_VAIN = 3;
/** Turn when there is nothing left to explore, degrees. */
const IDLE_TURN = 75;
/** Not all points in a box are the thing's: so many times what counts must be in view. */
const AMPLE = 1.6;
/** After so many near places so many times must do. */
const MANY_TRIED = 3;
const ENOUGH = 1.3;
/** Share of the picture in which a thing would be reported again. */
const PLAIN = 0.005;
/** From where claims are made, metres to the box: its place errs a little, and from nearer little of it is in a level view. */
const AWAY = { least: 0.65, most: 0.9 };
/** What is seen from afar proves to be farther, by so much a metre. */
const FARTHER = 0.08;
/** Places so alike are equally good, metres. */
const SPREAD = 0.1;

/** Whoever moved by less than this stands still, metres. */
const STILL = 0.2;
/** Nearer than this, or in plain sight, a thing should be reported, metres to its box. */
const NEAR = 1.5;

/** What was reported and is being looked into. */
interface Lead {
  place: Place;
  looks: number;
  /** Looks from near it or with nothing before it; on the way round there are others. */
  near: number;
  /** Looks that reported it, and looks that should have and did not. */
  reports: number;
  misses: number;
  /** From where it was near and hidden, and what could not be reached. */
  readonly tried: Pose[];
  /** The last move towards it. */
  move?: { readonly from: Pose; readonly to: Pose };
}

/** Options for {@linkcode SeekerPolicy}. */
export interface SeekerOptions {
  readonly agentId: number;
  readonly explorer: Explores;
  readonly detector: Pick<SimulatedDetector, "detect">;
}

/** One agent. */
export class SeekerPolicy implements Policy {
  readonly #options: SeekerOptions;
  readonly #leads: Lead[] = [];
  /** Places that it looked into in vain, or whose claim was refuted. */
  readonly #refused: { readonly place: Place; readonly isChecked: boolean }[] =
    [];
  /** What is reported where a claim was refuted. */
  #doubtful: PictureBox | undefined;
  /** The one that is followed. */
  #lead: Lead | undefined;

  constructor(options: SeekerOptions) {
    this.#options = options;
  }

  decide(observation: Observation, signal: AbortSignal): Promise<Decision> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const decision = this.#decide(observation);
    const box = this.#doubtful;
    return Promise.resolve(
      decision.action === "move" && box !== undefined
        ? {
          ...decision,
          sighting: { description: "It is reported here again.", box },
        }
        : decision,
    );
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
    if (observation.note?.includes("claim") === true) {
      this.#giveUp({ isChecked: true });
    }
    const reported = this.#look(observation);
    const lead = this.#lead = this.#foremost(pose);
    if (lead !== undefined) {
      lead.looks++;
      if (this.#isNear(lead.place, pose)) lead.near++;
      const box = grown(lead.place.box);
      if (distanceToBox(box, pose) <= WITHIN - MARGIN) {
        if (
          reported?.lead === lead &&
          shareOf(box, observation, reported.box) >=
            (lead.tried.length < MANY_TRIED ? AMPLE : ENOUGH) * LEAST_SHARE
        ) {
          return {
            action: "found",
            description: "The simulated detector reported it here.",
            box: reported.box,
          };
        }
        lead.tried.push(pose);
      } else if (
        lead.move !== undefined && apart(lead.move.from, pose) < STILL
      ) {
        lead.tried.push(lead.move.to, pose);
      }
      if (reported?.lead !== lead && shareOf(box, observation) >= PLAIN) {
        lead.misses++;
      }
      const isVain = lead.looks > MOST_LOOKS ||
        lead.near - lead.reports > MOST_IN_VAIN ||
        lead.misses > lead.reports;
      if (!isVain) {
        const to = explorer.viewpoint(lead.place, {
          away: awayFrom(lead.place),
          tried: lead.tried,
        });
        lead.move = { from: pose, to };
        return {
          action: "move",
          pose: to,
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
    this.#doubtful = undefined;
    if (place === undefined) return undefined;
    if (this.#isRefused(place)) {
      if (this.#options.explorer.board.isRefuted(place.position)) {
        this.#doubtful = report!.box;
      }
      return undefined;
    }
    let lead = this.#leads.find((lead) => isSame(lead.place, place));
    if (lead === undefined) {
      lead = { place, looks: 0, near: 0, reports: 0, misses: 0, tried: [] };
      this.#leads.push(lead);
    }
    lead.place = place;
    lead.reports++;
    return { lead, box: report!.box };
  }

  /**
   * The lead that was reported most often; the one that is followed among
   * equals. None if another agent is at it and nearer.
   */
  #foremost(pose: Pose): Lead | undefined {
    const lead =
      this.#leads.filter(({ place }) => !this.#isRefused(place)).sort(
        (a, b) =>
          b.reports - a.reports ||
          Number(b === this.#lead) - Number(a === this.#lead),
      )[0];
    return lead === undefined || this.#isLeft(lead.place, pose)
      ? undefined
      : lead;
  }

  /** Whether another agent goes there and is nearer. */
  #isLeft({ position: [x, y] }: Place, pose: Pose): boolean {
    const { agentId, explorer: { board } } = this.#options;
    const at = { x, y };
    return board.goalsOfOthers(agentId).some((goal) => {
      const other = board.visited(goal.agentId).at(-1);
      return apart(goal, at) < SAME_GOAL && other !== undefined &&
        apart(other, at) < apart(pose, at);
    });
  }

  /** Whether a look from `pose` should show what is there. */
  #isNear({ box, position: [x, y] }: Place, pose: Pose): boolean {
    return distanceToBox(box, pose) <= NEAR ||
      this.#options.explorer.board.map.isVisible(pose, { x, y }, 0.5);
  }

  /** Whether it looked there in vain, or the team's check refuted it. */
  #isRefused(place: Place): boolean {
    return this.#options.explorer.board.isRefuted(place.position) ||
      this.#refused.some(({ place: old, isChecked }) =>
        isSame(old, place) &&
        // The team may come to doubt a check, for once.
        (!isChecked || this.#options.explorer.board.isRefuted(old.position))
      );
  }

  #giveUp({ isChecked = false } = {}): void {
    if (this.#lead !== undefined) {
      this.#refused.push({ place: this.#lead.place, isChecked });
    }
    this.#lead = undefined;
  }
}

function pictureOf(
  { image: { width, height }, depth, pose, fov }: Observation,
): DepthPicture {
  return { width, height, depth, pose, fov };
}

/** A position on the ground, metres. */
type Spot = Pick<Pose, "x" | "y">;

function apart(a: Spot, b: Spot): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
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
