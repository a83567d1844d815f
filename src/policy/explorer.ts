/**
 * How an agent explores together with others: it adds what it sees to the
 * team's map, goes where most is unseen and nobody else is going, and knows the
 * way to whatever it wants to see from nearer. It knows depth and poses alone.
 *
 * @module
 */

import { type Pose, wrapDegrees } from "../geometry/pose.ts";
import { Blackboard } from "../map/blackboard.ts";
import { floorHeight } from "../map/floor_height.ts";
import type { Walk } from "../map/walk.ts";
import { chooseView, type NextView } from "./next_view.ts";
import type { Observation, PolicyOptions } from "./policy.ts";

/** Longest move in a step, metres. */
export const STRIDE = 4;
/** Distance from which a thing is looked at, metres: whole in the picture, yet near. */
const STANDOFF = [1.25, 1.95] as const;
/** Places are not looked at over longer ways, metres. */
const FARTHEST_WAY = 30;
/** Nearer than this nothing is seen whole, metres. */
const NEAREST = 0.7;
/** Viewpoints nearer to each other than this show the same, metres. */
const ASIDE = 0.55;
/** Goals nearer to those of others than this are worth less, metres; right at one they are worth this share. */
const APART = 4;
const SHARED_WORTH = 0.15;

/** What an {@linkcode Explorer} must know of its agent. */
export type ExplorerOptions = Pick<PolicyOptions, "agentId" | "board">;

/** Options of {@linkcode Explorer.viewpoint}. */
export interface ViewpointOptions {
  /** From where it was looked at in vain. */
  readonly tried?: readonly Pose[];
  /** Longest way, metres. */
  readonly within?: number;
}

/** Explores for one agent. */
export class Explorer {
  readonly #options: ExplorerOptions;
  #board: Blackboard | undefined;
  #seen: Observation | undefined;
  #walk: Walk | undefined;
  #floor = Infinity;

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
    if (blocked !== undefined) board.map.close(blocked.x, blocked.y);
    this.#seen = observation;
    this.#walk = board.map.walkFrom(pose.x, pose.y);
  }

  /** The next step of exploration, claimed before the team; `undefined` if nothing is left. */
  next(): NextView | undefined {
    const { pose, fov, image } = this.#seen!;
    const { agentId } = this.#options;
    const others = this.board.goalsOfOthers(agentId);
    const next = chooseView({
      map: this.board.map,
      walk: this.#walk!,
      pose,
      fov: 2 * Math.atan(
        Math.tan(fov * Math.PI / 360) * image.width / image.height,
      ) * 180 / Math.PI,
      stride: STRIDE,
      preference: (x, y) =>
        others.reduce((worth, goal) => {
          const apart = Math.hypot(goal.x - x, goal.y - y) / APART;
          return worth *
            (apart >= 1 ? 1 : SHARED_WORTH + (1 - SHARED_WORTH) * apart);
        }, 1),
      visited: this.board.visited(),
    });
    this.board.claimGoal(agentId, next?.goal);
    return next;
  }

  /** The next pose on the way to a free place near `position` that sees it; claims the place. */
  viewpoint(
    [tx, ty]: readonly [x: number, y: number, ...rest: number[]],
    { tried = [], within = FARTHEST_WAY }: ViewpointOptions = {},
  ): Pose {
    const { pose, fov } = this.#seen!;
    const walk = this.#walk!;
    const { map } = this.board;
    const { grid } = map;
    this.board.claimGoal(this.#options.agentId, { x: tx, y: ty });
    // So far that its foot is still in the picture.
    const foot = (pose.z - this.#floor) / Math.tan(fov * Math.PI / 360) - 0.1;
    const standoff = Math.min(Math.max(foot, STANDOFF[0]), STANDOFF[1]);
    let best = { cell: grid.at(pose.x, pose.y), cost: Infinity };
    for (let cell = 0; cell < grid.size; cell++) {
      const way = walk.distance(cell);
      if (way > within) continue;
      const x = grid.x(cell);
      const y = grid.y(cell);
      const away = Math.hypot(tx - x, ty - y);
      if (away < NEAREST) continue;
      const off = Math.abs(away - standoff);
      let cost = way / STRIDE + 2 * off;
      if (cost >= best.cost) continue;
      for (const old of tried) {
        if (Math.hypot(old.x - x, old.y - y) < ASIDE) cost += 1;
      }
      if (off < 1 && !map.isVisible({ x, y }, { x: tx, y: ty }, 0.5)) {
        cost += 1.5;
      }
      if (cost < best.cost) best = { cell, cost };
    }
    const stop = walk.along(best.cell, STRIDE);
    const isHere = stop === grid.at(pose.x, pose.y);
    const x = isHere ? pose.x : grid.x(stop);
    const y = isHere ? pose.y : grid.y(stop);
    const yaw = Math.atan2(ty - y, tx - x) * 180 / Math.PI;
    return { x, y, z: pose.z, yaw: wrapDegrees(yaw) };
  }
}
