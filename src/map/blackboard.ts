/**
 * What a team knows together: one map of what has been seen, who goes where,
 * what was sighted and what was refuted. Agents read it before they decide.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import { type Pose, turnBetween } from "../geometry/pose.ts";
import type { Vector3 } from "../geometry/vector.ts";
import { type DepthView, ExploredMap } from "./explored_map.ts";

/** A goal that an agent has taken for its own. */
export interface GoalClaim {
  readonly agentId: number;
  /** World metres. */
  readonly x: number;
  readonly y: number;
}

/** Something that an agent saw and that may matter to others. */
export interface Sighting {
  readonly agentId: number;
  /** World metres. */
  readonly position: Vector3;
  readonly words: string;
}

/** A find that was claimed and proved to be something else. */
export interface Refuted {
  /** Whose claim it was. */
  readonly agentId: number;
  /** World metres. */
  readonly position: Vector3;
  readonly words: string;
}

/** Nearer than this two places are the same thing, metres. */
const SAME_THING = 0.6;
/** What was refuted may be claimed once more if it is sighted from so many sides, so many degrees apart. */
const SIDES = 2;
const SIDES_APART = 45;

/** A place whose claim was refuted, and from where it was sighted since. */
interface Doubted extends Refuted {
  /** Azimuths of the viewpoints, degrees. */
  readonly sides: number[];
  /** It was claimed for the second time: nothing speaks for it any more. */
  readonly isFinal: boolean;
}

/** The knowledge of one team in one run. */
export class Blackboard {
  /** What anybody has seen. */
  readonly map: ExploredMap;
  readonly #visited: { readonly agentId: number; readonly pose: Pose }[] = [];
  readonly #goals = new Map<number, GoalClaim>();
  readonly #sightings: Sighting[] = [];
  readonly #refuted: Doubted[] = [];

  /** @param bounds of the place, world metres */
  constructor(bounds: Bounds) {
    this.map = new ExploredMap(bounds);
  }

  /** Adds what an agent sees from where it stands. */
  see(agentId: number, view: DepthView): void {
    this.map.add(view);
    this.#visited.push({ agentId, pose: view.pose });
  }

  /** Where agents have looked from, the latest last; those of one agent if asked for. */
  visited(agentId?: number): Pose[] {
    return this.#visited.filter((visit) =>
      agentId === undefined || visit.agentId === agentId
    ).map(({ pose }) => pose);
  }

  /** Where the others looked from last. */
  placesOfOthers(agentId: number): Pose[] {
    return [
      ...new Map(
        this.#visited.filter((visit) => visit.agentId !== agentId).map((
          visit,
        ) => [visit.agentId, visit.pose]),
      ).values(),
    ];
  }

  /** Takes (x, y) as the goal of an agent; without a position it has none. */
  claimGoal(agentId: number, at?: { x: number; y: number }): void {
    if (at === undefined) this.#goals.delete(agentId);
    else this.#goals.set(agentId, { agentId, x: at.x, y: at.y });
  }

  /** Goals of the others. */
  goalsOfOthers(agentId: number): GoalClaim[] {
    return [...this.#goals.values()].filter((goal) => goal.agentId !== agentId);
  }

  /** Tells the team of something; a place that is known already is told anew. */
  sight(sighting: Sighting): void {
    const known = this.#sightings.findIndex(({ position }) =>
      isSameThing(position, sighting.position)
    );
    if (known >= 0) this.#sightings.splice(known, 1);
    this.#sightings.push(sighting);
  }

  /** What was told, the latest last. */
  get sightings(): readonly Sighting[] {
    return this.#sightings;
  }

  /** Remembers a find that was refuted. */
  refute(refuted: Refuted): void {
    const isFinal = this.#refuted.some(({ position }) =>
      isSameThing(position, refuted.position)
    );
    this.#refuted.push({ ...refuted, sides: [], isFinal });
  }

  /** Tells that a thing whose claim was refuted is sighted again: a check may have missed it by chance. */
  sightAgain(position: Vector3, from: Pose): void {
    const side = Math.atan2(from.y - position[1], from.x - position[0]) * 180 /
      Math.PI;
    for (const old of this.#refuted) {
      if (
        !old.isFinal && isSameThing(old.position, position) &&
        old.sides.every((other) =>
          Math.abs(turnBetween(other, side)) >= SIDES_APART
        )
      ) old.sides.push(side);
    }
  }

  /** Finds that were refuted, the latest last. */
  get refuted(): readonly Refuted[] {
    return this.#refuted;
  }

  /** Whether a find at `position` was refuted before, and nothing speaks for it since. */
  isRefuted(position: Vector3): boolean {
    return this.#refuted.some((other) =>
      isSameThing(other.position, position) && other.sides.length < SIDES
    );
  }
}

function isSameThing(a: Vector3, b: Vector3): boolean {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) < SAME_THING;
}
