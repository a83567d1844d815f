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
import type { Bounds } from "../../geometry/bounds.ts";
import { type Pose, wrapDegrees } from "../../geometry/pose.ts";
import type { Vector3 } from "../../geometry/vector.ts";
import type { Walk } from "../../map/walk.ts";
import { type Explorer, STRIDE } from "../../policy/explorer.ts";
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
export interface Explores extends Pick<Explorer, "board" | "see" | "next"> {
  /** Ways that it takes for free. @default {those of the map} */
  walkFrom?(pose: Pose): Walk;
}

/** Things nearer to each other than this are one, metres. */
const SAME_THING = 0.7;
/** Looks that one report is worth. */
const MOST_LOOKS = 6;
/** Turn when there is nothing left to explore, degrees. */
const IDLE_TURN = 75;
/** The place of a thing errs a little: claims are made from so much nearer than they must, metres. */
const SPARE = 0.05;
/** What is known of a box errs by so much, metres. */
const MARGIN = 0.05;
/** Not all points in a box are the thing's: so many times what counts must be in view. */
const AMPLE = 1.5;
/** From where a thing of a chair's height is seen best, metres to its middle. */
const STANDOFF = 0.95;
/** What a metre off the standoff, and a hidden viewpoint, cost: metres of the way. */
const OFF_COST = 4;
const HIDDEN_COST = 3;
/** Viewpoints so near to each other show the same, metres. */
const SAME_VIEW = 0.5;

/** What was reported and is being looked into. */
interface Lead {
  place: Place;
  looks: number;
  /** From where it was near and hidden. */
  readonly tried: Pose[];
}

/** Options for {@linkcode SeekerPolicy}. */
export interface SeekerOptions {
  readonly agentId: number;
  readonly explorer: Explores;
  readonly detector: SimulatedDetector;
  /** Places that were looked into in vain, shared by those who share. */
  readonly refused: Place[];
}

/** One agent. */
export class SeekerPolicy implements Policy {
  readonly #options: SeekerOptions;
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
    const { explorer, detector, refused } = this.#options;
    const { pose } = observation;
    explorer.see(observation);
    // The last claim was refuted: there is nothing at this place.
    if (observation.note?.includes("claim") === true) this.#giveUp();
    const report = detector.detect(observation);
    const place = report && locate(pictureOf(observation), report.box);
    if (place !== undefined && !refused.some((old) => isSame(old, place))) {
      if (this.#lead === undefined || !isSame(this.#lead.place, place)) {
        this.#lead = { place, looks: 0, tried: [] };
      }
      this.#lead.place = place;
    }
    if (this.#lead !== undefined) {
      const { place, looks } = this.#lead;
      const box = grown(place.box);
      const [x, y] = place.position;
      if (
        Math.hypot(x - pose.x, y - pose.y) <= WITHIN ||
        distanceTo(box, pose) <= WITHIN - SPARE
      ) {
        const shown = boxInView(box, observation);
        if (shown !== undefined) {
          return {
            action: "found",
            description: "The simulated detector reported it here.",
            box: shown,
          };
        }
        this.#lead.tried.push(pose);
      }
      this.#lead.looks++;
      if (looks < MOST_LOOKS) return this.#approach(observation);
      this.#giveUp();
    }
    const next = explorer.next();
    return {
      action: "move",
      pose: next?.pose ?? { ...pose, yaw: wrapDegrees(pose.yaw + IDLE_TURN) },
      reasoning: "Exploring.",
    };
  }

  #approach({ pose }: Observation): Decision {
    const { place: { position: [x, y] }, tried } = this.#lead!;
    const { explorer, agentId } = this.#options;
    const { board, board: { map } } = explorer;
    board.claimGoal(agentId, { x, y });
    const { grid } = map;
    const walk = explorer.walkFrom?.(pose) ?? map.walkFrom(pose.x, pose.y);
    let best = { cell: grid.at(pose.x, pose.y), cost: Infinity };
    for (let cell = 0; cell < grid.size; cell++) {
      const metres = walk.distance(cell);
      if (metres === Infinity) continue;
      const spot = { x: grid.x(cell), y: grid.y(cell) };
      let cost = metres + OFF_COST *
          Math.abs(Math.hypot(x - spot.x, y - spot.y) - STANDOFF);
      for (const old of tried) {
        if (Math.hypot(old.x - spot.x, old.y - spot.y) < SAME_VIEW) {
          cost += HIDDEN_COST;
        }
      }
      if (cost >= best.cost) continue;
      if (!map.isVisible(spot, { x, y }, SAME_VIEW)) cost += HIDDEN_COST;
      if (cost < best.cost) best = { cell, cost };
    }
    const stop = walk.along(best.cell, STRIDE);
    const isHere = stop === grid.at(pose.x, pose.y);
    const [sx, sy] = isHere ? [pose.x, pose.y] : [grid.x(stop), grid.y(stop)];
    return {
      action: "move",
      pose: {
        x: sx,
        y: sy,
        z: pose.z,
        yaw: wrapDegrees(Math.atan2(y - sy, x - sx) * 180 / Math.PI),
      },
      reasoning: "Going to what the simulated detector reported.",
    };
  }

  #giveUp(): void {
    if (this.#lead !== undefined) this.#options.refused.push(this.#lead.place);
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

/** The box with room for what its place errs. */
function grown({ min, max }: Bounds): Bounds {
  const by = (corner: Vector3, metres: number): Vector3 => [
    corner[0] + metres,
    corner[1] + metres,
    corner[2] + metres,
  ];
  return { min: by(min, -MARGIN), max: by(max, MARGIN) };
}

/** Metres on the ground to a box. */
function distanceTo({ min, max }: Bounds, { x, y }: Pose): number {
  return Math.hypot(
    Math.max(min[0] - x, 0, x - max[0]),
    Math.max(min[1] - y, 0, y - max[1]),
  );
}

/** The picture's part that shows points of a box of the world; none if that is little. */
function boxInView(
  { min, max }: Bounds,
  { image: { width, height }, depth, pose, fov }: Observation,
): PictureBox | undefined {
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const yaw = pose.yaw * Math.PI / 180;
  const [cosine, sine] = [Math.cos(yaw), Math.sin(yaw)];
  let count = 0;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const ahead = depth[v * width + u]!;
      if (!(ahead > 0)) continue;
      const aside = (u + 0.5 - width / 2) / focal * ahead;
      const x = pose.x + ahead * cosine + aside * sine;
      const y = pose.y + ahead * sine - aside * cosine;
      const z = pose.z - (v + 0.5 - height / 2) / focal * ahead;
      if (
        x < min[0] || x > max[0] || y < min[1] || y > max[1] ||
        z < min[2] || z > max[2]
      ) continue;
      count++;
      left = Math.min(left, u);
      top = Math.min(top, v);
      right = Math.max(right, u + 1);
      bottom = Math.max(bottom, v + 1);
    }
  }
  return count < AMPLE * LEAST_SHARE * width * height
    ? undefined
    : [left / width, top / height, right / width, bottom / height];
}
