/**
 * How an agent explores together with others: it adds what it sees to the
 * team's map, goes where most is unseen and nobody else is going, and knows the
 * way to whatever it wants to see from nearer. It knows depth and poses alone.
 *
 * @module
 */

import { type Bounds, distanceToBox } from "../geometry/bounds.ts";
import { type Pose, wrapDegrees } from "../geometry/pose.ts";
import type { Vector3 } from "../geometry/vector.ts";
import { Blackboard } from "../map/blackboard.ts";
import type { ExploredMap } from "../map/explored_map.ts";
import { floorHeight } from "../map/floor_height.ts";
import type { Walk } from "../map/walk.ts";
import { chooseView, type NextView } from "./next_view.ts";
import type { Observation, PolicyOptions } from "./policy.ts";

/** Longest move in a step, metres. */
export const STRIDE = 4;
/** Longest move in a step to what is known to be there, metres. */
const APPROACH = 8;
/** Distance from which a thing is looked at, metres: whole in the picture, yet near. */
const STANDOFF = [1.25, 1.95] as const;
/** Places are not looked at over longer ways, metres. */
const FARTHEST_WAY = 30;
/** Nearer than this nothing is seen whole, metres. */
const NEAREST = 0.7;
/** Viewpoints nearer to each other than this show the same, metres. */
const ASIDE = 0.55;
/** Steps that a metre too near or too far, a place tried in vain, and a hidden one count for. */
const OFF_COST = 2;
const TRIED_COST = 1;
const HIDDEN_COST = 1.5;
/** A place so far from where a thing should be looked at from is not near it, metres. */
const FAR_OFF = 0.3;
/** Steps that a metre too far counts for where a way through the unknown is hoped for: it must lead there. */
const HOPED_OFF_COST = 20;
/** Whoever goes into the unknown looks so far ahead on the way, metres. */
const AHEAD = 1;
/** With every further move that ends early, so much more beside it is taken for solid, metres. */
const WIDER = 0.15;

/** Goals nearer to those of others than this are worth less, metres; right at one they are worth this share. */
const APART = 4;
const SHARED_WORTH = 0.15;
/** Goals that another agent has a shorter way to, by so many metres, are worth this share. */
const NEARER = 0.5;
const OTHERS_WORTH = 0.25;

/** What an {@linkcode Explorer} must know of its agent. */
export type ExplorerOptions = Pick<PolicyOptions, "agentId" | "board">;

/** Something that is to be looked at. */
export interface Thing {
  /** Its middle, world metres. */
  readonly position: Vector3;
  /** World box round it, metres. @default {its middle alone} */
  readonly box?: Bounds;
}

/** Options of {@linkcode Explorer.viewpoint}. */
export interface ViewpointOptions {
  /** Least and most metres on the ground to its box. @default {so far that it is whole in the picture} */
  readonly away?: readonly [least: number, most: number];
  /** From where it was looked at in vain. */
  readonly tried?: readonly Pose[];
  /** Longest way, metres. */
  readonly within?: number;
  /** Ways from the present position. @default {those of the map} */
  readonly walk?: Walk;
}

/** Explores for one agent. */
export class Explorer {
  readonly #options: ExplorerOptions;
  #board: Blackboard | undefined;
  #seen: Observation | undefined;
  #walk: Walk | undefined;
  #floor = Infinity;
  /** Moves in turn that could not end where they were to. */
  #stuck = 0;

  /** Without a board the agent has one of its own. */
  constructor(options: ExplorerOptions) {
    this.#options = options;
    this.#board = options.board;
  }

  /** World z of the lowest floor seen, metres; infinite before the first look. */
  get floor(): number {
    return this.#floor;
  }

  /** The team's knowledge. To be asked for after the first {@linkcode see}. */
  get board(): Blackboard {
    return this.#board!;
  }

  /** Adds what an observation shows. To be called once a step, first. */
  see(observation: Observation): void {
    const { image: { width, height }, depth, fov, pose, bounds, blocked } =
      observation;
    const board = this.#board ??= new Blackboard(bounds);
    const view = { width, height, depth, fov, pose };
    this.#floor = Math.min(this.#floor, floorHeight(view));
    board.see(this.#options.agentId, { ...view, floor: this.#floor });
    this.#stuck = blocked === undefined ? 0 : this.#stuck + 1;
    if (blocked !== undefined) {
      closeBetween(board.map, pose, blocked, WIDER * (this.#stuck - 1));
    }
    this.#seen = observation;
    this.#walk = board.map.walkFrom(pose.x, pose.y);
  }

  /** The next step of exploration, claimed before the team; `undefined` if nothing is left. */
  next(): NextView | undefined {
    const { pose, fov, image } = this.#seen!;
    const next = chooseView({
      map: this.board.map,
      walk: this.#walk!,
      pose,
      fov: 2 * Math.atan(
        Math.tan(fov * Math.PI / 360) * image.width / image.height,
      ) * 180 / Math.PI,
      stride: STRIDE,
      preference: this.#preference(),
      visited: this.board.visited(),
    });
    this.board.claimGoal(this.#options.agentId, next?.goal);
    return next;
  }

  /** What a goal is worth beside the goals of others, and if others are nearer to it. */
  #preference(): (cell: number) => number {
    const { agentId } = this.#options;
    const { board, board: { map, map: { grid } } } = this;
    const goals = board.goalsOfOthers(agentId);
    const walks = board.placesOfOthers(agentId).map(({ x, y }) =>
      map.walkFrom(x, y)
    );
    return (cell) => {
      const [x, y] = [grid.x(cell), grid.y(cell)];
      let worth = 1;
      for (const goal of goals) {
        const apart = Math.hypot(goal.x - x, goal.y - y) / APART;
        if (apart < 1) worth *= SHARED_WORTH + (1 - SHARED_WORTH) * apart;
      }
      const own = this.#walk!.distance(cell);
      for (const walk of walks) {
        if (walk.distance(cell) < own - NEARER) worth *= OTHERS_WORTH;
      }
      return worth;
    };
  }

  /** The next pose on the way to a free place near a thing that sees it; claims the place. */
  viewpoint(thing: Thing, options: ViewpointOptions = {}): Pose {
    const { walk = this.#walk! } = options;
    const [tx, ty] = thing.position;
    this.board.claimGoal(this.#options.agentId, { x: tx, y: ty });
    const { goal, off } = this.#bestViewpoint(thing, { ...options, walk });
    if (off > FAR_OFF && options.walk === undefined) {
      const way = this.#wayRound(thing, options);
      if (way !== undefined) return way;
    }
    return this.#facing(walk.along(goal, APPROACH), { x: tx, y: ty });
  }

  /** In the middle of a cell, but where it stands in its own, looking at a position. */
  #facing(cell: number, at: { x: number; y: number }): Pose {
    const { pose } = this.#seen!;
    const { grid } = this.board.map;
    const isHere = cell === grid.at(pose.x, pose.y);
    const x = isHere ? pose.x : grid.x(cell);
    const y = isHere ? pose.y : grid.y(cell);
    const yaw = Math.atan2(at.y - y, at.x - x) * 180 / Math.PI;
    return { x, y, z: pose.z, yaw: wrapDegrees(yaw) };
  }

  /** To where the known ends on a way to a thing through the unknown; `undefined` if there is none. */
  #wayRound(thing: Thing, options: ViewpointOptions): Pose | undefined {
    const { pose } = this.#seen!;
    const { map, map: { grid } } = this.board;
    const hoped = map.walkFrom(pose.x, pose.y, { hopes: true });
    const { goal, off } = this.#bestViewpoint(thing, {
      ...options,
      walk: hoped,
      offCost: HOPED_OFF_COST,
    });
    if (off > FAR_OFF) return undefined;
    const path = hoped.path(goal);
    const first = path.findIndex((cell) =>
      this.#walk!.distance(cell) === Infinity
    );
    if (first <= 0) return undefined;
    const stop = this.#walk!.along(path[first - 1]!, APPROACH);
    const ahead =
      path[Math.min(path.length - 1, first + Math.round(AHEAD / grid.cell))]!;
    return this.#facing(stop, { x: grid.x(ahead), y: grid.y(ahead) });
  }

  /** The cell with the best view of a thing for the way there. */
  #bestViewpoint(
    { position, box = { min: position, max: position } }: Thing,
    {
      away = this.#whole,
      tried = [],
      within = FARTHEST_WAY,
      walk,
      offCost = OFF_COST,
    }:
      & ViewpointOptions
      & { walk: Walk; offCost?: number },
  ): { goal: number; off: number } {
    const { pose } = this.#seen!;
    const { map, map: { grid } } = this.board;
    const [tx, ty] = position;
    const [least, most] = away;
    let best = { cell: grid.at(pose.x, pose.y), cost: Infinity, off: Infinity };
    for (let cell = 0; cell < grid.size; cell++) {
      const way = walk.distance(cell);
      if (way > within) continue;
      const [x, y] = [grid.x(cell), grid.y(cell)];
      const distance = distanceToBox(box, { x, y });
      if (distance < Math.min(least, NEAREST)) continue;
      const off = Math.max(least - distance, distance - most, 0);
      let cost = way / STRIDE + offCost * off;
      if (cost >= best.cost) continue;
      for (const old of tried) {
        if (Math.hypot(old.x - x, old.y - y) < ASIDE) cost += TRIED_COST;
      }
      if (off < 1 && !map.isVisible({ x, y }, { x: tx, y: ty }, 0.5)) {
        cost += HIDDEN_COST;
      }
      if (cost < best.cost) best = { cell, cost, off };
    }
    return { goal: best.cell, off: best.off };
  }

  /** So far from a thing that its foot is still in the picture. */
  get #whole(): readonly [number, number] {
    const { pose, fov } = this.#seen!;
    const foot = (pose.z - this.#floor) / Math.tan(fov * Math.PI / 360) - 0.1;
    const standoff = Math.min(Math.max(foot, STANDOFF[0]), STANDOFF[1]);
    return [standoff, standoff];
  }
}

/** Remembers that nobody can stand between where a move ended and where it was to end, nor `beside` metres from there. */
function closeBetween(
  map: ExploredMap,
  pose: Pose,
  blocked: { readonly x: number; readonly y: number },
  beside: number,
): void {
  const length = Math.hypot(blocked.x - pose.x, blocked.y - pose.y);
  const own = map.grid.at(pose.x, pose.y);
  const disc = map.grid.disc(beside);
  for (let at = length; at > 0; at -= map.grid.cell / 2) {
    const x = pose.x + (blocked.x - pose.x) * at / length;
    const y = pose.y + (blocked.y - pose.y) * at / length;
    const cell = map.grid.at(x, y);
    if (cell < 0 || cell === own) continue;
    for (const { dx, dy } of disc) {
      const other = map.grid.beside(cell, dx, dy);
      if (other >= 0 && other !== own) {
        map.close(map.grid.x(other), map.grid.y(other));
      }
    }
  }
}
