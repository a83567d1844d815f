/**
 * Explores with the program's choice of views, on a map that a team shares.
 *
 * @module
 */

import type { Place } from "../../agent/locate.ts";
import type { Pose } from "../../geometry/pose.ts";
import { ExploredMap } from "../../map/explored_map.ts";
import type { Walk } from "../../map/walk.ts";
import { chooseView, type NextView } from "../../policy/next_view.ts";
import type { Observation } from "../../policy/policy.ts";

/** Longest move in a step, metres. */
export const STRIDE = 2;
/** A goal right at another agent's is worth so much less, and how fast that fades, metres. */
const CROWDED = 0.8;
const FADES = 2;

/** What a team knows together. */
export class Board {
  map: ExploredMap | undefined;
  /** Where each agent is going. */
  readonly goals = new Map<number, { x: number; y: number }>();
  /** Places that were looked into in vain. */
  readonly refused: Place[] = [];
}

/** Options for {@linkcode Explorer}. */
export interface ExplorerOptions {
  readonly agentId: number;
  readonly board: Board;
}

/** Explores for one agent. */
export class Explorer {
  readonly #options: ExplorerOptions;
  readonly #visited: Pose[] = [];

  constructor(options: ExplorerOptions) {
    this.#options = options;
  }

  get stride(): number {
    return STRIDE;
  }

  /** @throws {Error} Before the first look. */
  get map(): ExploredMap {
    const { map } = this.#options.board;
    if (map === undefined) throw new Error("Nothing was seen yet");
    return map;
  }

  see({ image, depth, fov, pose, bounds }: Observation): void {
    const { width, height } = image;
    const map = this.#options.board.map ??= new ExploredMap(bounds);
    map.add({ width, height, depth, fov, pose });
    this.#visited.push(pose);
  }

  next({ pose, fov }: Observation): NextView | undefined {
    const { agentId, board: { goals } } = this.#options;
    const next = chooseView({
      map: this.map,
      walk: this.walkFrom(pose),
      pose,
      fov,
      stride: STRIDE,
      visited: this.#visited,
      preference: (x, y) =>
        [...goals].reduce(
          (worth, [other, goal]) =>
            other === agentId ? worth : worth *
              (1 -
                CROWDED *
                  Math.exp(-Math.hypot(goal.x - x, goal.y - y) / FADES)),
          1,
        ),
    });
    if (next !== undefined) goals.set(agentId, next.pose);
    return next;
  }

  walkFrom({ x, y }: Pose): Walk {
    return this.map.walkFrom(x, y);
  }
}
