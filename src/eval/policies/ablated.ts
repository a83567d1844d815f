/**
 * Explorers that lack one thing each: what it is worth shows in the table.
 *
 * @module
 */

import type { Pose } from "../../geometry/pose.ts";
import { ExploredMap } from "../../map/explored_map.ts";
import { Walk } from "../../map/walk.ts";
import { chooseView } from "../../policy/next_view.ts";
import type { Observation } from "../../policy/policy.ts";
import { type Board, STRIDE } from "./explorer.ts";
import type { Explores } from "./seeker.ts";

/** Forgets after each look: every step begins with an empty map. */
export class Forgetful implements Explores {
  readonly #make: () => Explores;
  #explorer: Explores;

  /** @param make an explorer that knows nothing yet */
  constructor(make: () => Explores) {
    this.#make = make;
    this.#explorer = make();
  }

  get stride(): number {
    return this.#explorer.stride;
  }

  get map(): ExploredMap {
    return this.#explorer.map;
  }

  see(observation: Observation): void {
    this.#explorer = this.#make();
    this.#explorer.see(observation);
  }

  next(observation: Observation): { readonly pose: Pose } | undefined {
    return this.#explorer.next(observation);
  }

  walkFrom(pose: Pose): Walk {
    return this.#explorer.walkFrom(pose);
  }
}

/**
 * Goes straight to where the unseen is: it keeps a map of what it saw, but takes
 * every place for one that can be walked to. The program's ground stops it.
 */
export class Depthless implements Explores {
  readonly stride = STRIDE;
  readonly #board: Board;
  readonly #visited: Pose[] = [];

  constructor(board: Board) {
    this.#board = board;
  }

  /** @throws {Error} Before the first look. */
  get map(): ExploredMap {
    const { map } = this.#board;
    if (map === undefined) throw new Error("Nothing was seen yet");
    return map;
  }

  see({ image, depth, fov, pose, bounds }: Observation): void {
    const { width, height } = image;
    const map = this.#board.map ??= new ExploredMap(bounds);
    map.add({ width, height, depth, fov, pose });
    this.#visited.push(pose);
  }

  next({ pose, fov }: Observation): { readonly pose: Pose } | undefined {
    return chooseView({
      map: this.map,
      walk: this.walkFrom(pose),
      pose,
      fov,
      stride: this.stride,
      preference: () => 1,
      visited: this.#visited,
    });
  }

  walkFrom({ x, y }: Pose): Walk {
    const { grid } = this.map;
    return new Walk(grid, new Uint8Array(grid.size).fill(1), grid.at(x, y));
  }
}
