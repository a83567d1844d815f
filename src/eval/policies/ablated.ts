/**
 * Explorers that lack one thing each: what it is worth shows in the table.
 *
 * @module
 */

import type { Pose } from "../../geometry/pose.ts";
import type { Blackboard } from "../../map/blackboard.ts";
import { Walk } from "../../map/walk.ts";
import {
  Explorer,
  type ExplorerOptions,
  STRIDE,
} from "../../policy/explorer.ts";
import { chooseView, type NextView } from "../../policy/next_view.ts";
import type { Observation } from "../../policy/policy.ts";
import type { Explores } from "./seeker.ts";

/** Forgets after each look: every step begins with an empty map. */
export class Forgetful implements Explores {
  readonly #make: () => Explorer;
  #explorer: Explorer;

  /** @param make an explorer that knows nothing yet */
  constructor(make: () => Explorer) {
    this.#make = make;
    this.#explorer = make();
  }

  get board(): Blackboard {
    return this.#explorer.board;
  }

  see(observation: Observation): void {
    this.#explorer = this.#make();
    this.#explorer.see(observation);
  }

  next(): NextView | undefined {
    return this.#explorer.next();
  }

  viewpoint(...about: Parameters<Explorer["viewpoint"]>): Pose {
    return this.#explorer.viewpoint(...about);
  }
}

/**
 * Goes straight to where the unseen is: it keeps a map of what it saw, but takes
 * every place for one that can be walked to. The program's ground stops it.
 */
export class Depthless implements Explores {
  readonly #explorer: Explorer;
  #seen: Observation | undefined;

  constructor(options: ExplorerOptions) {
    this.#explorer = new Explorer(options);
  }

  get board(): Blackboard {
    return this.#explorer.board;
  }

  see(observation: Observation): void {
    this.#seen = observation;
    this.#explorer.see(observation);
  }

  next(): NextView | undefined {
    const { pose, fov } = this.#seen!;
    return chooseView({
      map: this.board.map,
      walk: this.#walk,
      pose,
      fov,
      stride: STRIDE,
      preference: () => 1,
      visited: this.board.visited(),
    });
  }

  viewpoint(
    ...[thing, options]: Parameters<Explorer["viewpoint"]>
  ): Pose {
    return this.#explorer.viewpoint(thing, { ...options, walk: this.#walk });
  }

  /** Straight to anywhere. */
  get #walk(): Walk {
    const { x, y } = this.#seen!.pose;
    const { grid } = this.board.map;
    return new Walk(grid, new Uint8Array(grid.size).fill(1), grid.at(x, y));
  }
}
