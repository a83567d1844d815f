/**
 * How much of the reachable floor the looks so far have shown.
 *
 * @module
 */

import { FloorSeen } from "../../results/floor_seen.js";
import { RefusedError, requestJson } from "./connection.js";

/** @import { FloorPlan } from "../../map/floor_plan.ts" */
/** @import { Polygon } from "./seen_mask.js" */

export class SeenFloor {
  /** @type {FloorPlan | undefined} */
  #plan;
  #isAsked = false;
  /** @type {FloorSeen | undefined} */
  #seen;
  #added = 0;
  /** @type {Polygon | undefined} */
  #first;
  /** What was last told in words, and of which looks. @type {{ first?: Polygon, count: number, words: string }} */
  #told = { count: 0, words: "" };
  #onChange;

  /** @param {() => void} onChange The floor is known. */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** The floor, once it is known and if it can be. */
  get plan() {
    return this.#plan;
  }

  /**
   * What `polygons` show of it; `undefined` where no floor is known.
   *
   * @param {readonly Polygon[]} polygons Those of before and more, or others.
   * @returns {FloorSeen | undefined}
   */
  of(polygons) {
    if (this.#plan === undefined) {
      void this.#ask();
      return undefined;
    }
    const isNew = this.#seen === undefined || polygons.length < this.#added ||
      (this.#added > 0 && polygons[0] !== this.#first);
    if (this.#seen === undefined || isNew) {
      this.#seen = new FloorSeen(this.#plan);
      this.#added = 0;
    }
    this.#first = polygons[0];
    for (; this.#added < polygons.length; this.#added++) {
      this.#seen.add(polygons[this.#added] ?? []);
    }
    return this.#seen;
  }

  /**
   * What `polygons` show of it, as sentences; empty where no floor is known.
   *
   * @param {readonly Polygon[]} polygons All of a session that is over.
   */
  inWords(polygons) {
    const [first] = polygons;
    if (this.#plan === undefined || first === undefined) return "";
    if (this.#told.first === first && this.#told.count === polygons.length) {
      return this.#told.words;
    }
    const seen = new FloorSeen(this.#plan);
    for (const corners of polygons) seen.add(corners);
    const words = seen.inWords();
    this.#told = { first, count: polygons.length, words };
    return words;
  }

  async #ask() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    try {
      const { floor } = await requestJson("floor");
      this.#plan = floor ?? undefined;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return; // The page says less without it.
    }
    this.#onChange();
  }
}
