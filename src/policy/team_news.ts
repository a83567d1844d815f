/**
 * What an agent is told of its team, in words: at each turn what is new to it,
 * so that its conversation only grows.
 *
 * @module
 */

import type { Pose } from "../geometry/pose.ts";
import type { Vector3 } from "../geometry/vector.ts";
import type { Blackboard, Sighting } from "../map/blackboard.ts";
import type { PolicyOptions } from "./policy.ts";

/** Looks of one agent that are told at once, the newest: who was slow has no use for all. */
const MOST_LOOKS = 3;
/** Sightings and refuted finds that are told at once, the newest. */
const MOST_DISCOVERIES = 4;
/** Characters of another agent's words that are quoted. */
const QUOTE = 120;
/** An agent that tells of the same place again, nearer than this, tells nothing new, metres. */
const SAME_PLACE = 1;

/** Nearer than this to its goal an agent is there, metres. */
const ARRIVED = 0.3;

/** What is new. */
export interface News {
  /** Where the others looked from and where they go; empty if nothing is new. */
  readonly moves: string;
  /** What they think they saw, and what proved to be something else; empty if nothing is new. */
  readonly discoveries: string;
}

/** Keeps what one agent has been told. */
export class TeamNews {
  readonly #agentId: number;
  readonly #others: readonly number[];
  /** Looks of each other agent that were told. */
  readonly #looks = new Map<number, number>();
  readonly #goals = new Map<number, string>();
  readonly #sightings: Sighting[] = [];
  #refuted = 0;

  constructor(
    { agentId, numAgents }: Pick<PolicyOptions, "agentId" | "numAgents">,
  ) {
    this.#agentId = agentId;
    this.#others = Array.from({ length: numAgents }, (_, id) => id)
      .filter((id) => id !== agentId);
  }

  /** What `board` has that was not told before. */
  read(board: Blackboard): News {
    const moves = this.#others.map((id) => this.#movesOf(id, board)).filter(
      (words) => words !== "",
    );
    const discoveries = [
      ...this.#newSightings(board),
      ...this.#newlyRefuted(board),
    ];
    return { moves: moves.join(" "), discoveries: discoveries.join(" ") };
  }

  #movesOf(id: number, board: Blackboard): string {
    const looks = board.visited(id);
    const fresh = looks.slice(this.#looks.get(id) ?? 0).slice(-MOST_LOOKS);
    this.#looks.set(id, looks.length);
    const last = looks.at(-1);
    const [goal] = board.goalsOfOthers(this.#agentId).filter((claim) =>
      claim.agentId === id &&
      (last === undefined ||
        Math.hypot(claim.x - last.x, claim.y - last.y) > ARRIVED)
    ).map(({ x, y }) => ground(x, y));
    const isNewGoal = goal !== undefined && goal !== this.#goals.get(id);
    if (isNewGoal) this.#goals.set(id, goal);
    const parts = [
      ...(fresh.length > 0
        ? [`looked from ${fresh.map(lookWords).join(", ")}`]
        : []),
      ...(isNewGoal ? [`goes to ${goal}`] : []),
    ];
    return parts.length === 0 ? "" : `Agent ${id} ${parts.join(" and ")}.`;
  }

  #newSightings({ sightings }: Blackboard): string[] {
    const fresh = sightings.filter((sighting) =>
      sighting.agentId !== this.#agentId &&
      !this.#sightings.some((told) =>
        told.agentId === sighting.agentId &&
        apart(told.position, sighting.position) < SAME_PLACE
      )
    );
    this.#sightings.push(...fresh);
    return fresh.slice(-MOST_DISCOVERIES).map(({ agentId, position, words }) =>
      `Agent ${agentId} may have seen the target near ${
        place(position)
      }, not yet checked: ${quoted(words)}.`
    );
  }

  #newlyRefuted({ refuted }: Blackboard): string[] {
    const fresh = refuted.slice(this.#refuted).filter(({ agentId }) =>
      agentId !== this.#agentId
    );
    this.#refuted = refuted.length;
    return fresh.slice(-MOST_DISCOVERIES).map(({ agentId, position, words }) =>
      `Not the target, as agent ${agentId} found from nearer: ${
        quoted(words)
      } at ${place(position)}.`
    );
  }
}

function lookWords({ x, y, yaw }: Pose): string {
  return `${ground(x, y)} yaw ${yaw.toFixed(0)}`;
}

function ground(x: number, y: number): string {
  return `(${x.toFixed(1)}, ${y.toFixed(1)})`;
}

function place([x, y, z]: Vector3): string {
  return `(${x.toFixed(1)}, ${y.toFixed(1)}, ${z.toFixed(1)})`;
}

function quoted(words: string): string {
  const line = words.replace(/\s+/g, " ").trim();
  return JSON.stringify(
    (line.length > QUOTE ? `${line.slice(0, QUOTE)}...` : line).toWellFormed(),
  );
}

function apart(a: Vector3, b: Vector3): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
