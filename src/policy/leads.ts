/**
 * Places where the baseline saw something of the colour, and what became of
 * them.
 *
 * @module
 */

import type { Pose } from "../geometry/pose.ts";
import type { Blob } from "./blobs.ts";

/** A place where something of the colour was seen. */
export interface Lead {
  position: Blob["position"];
  /** Views of it so far. */
  looks: number;
  /** Viewpoints from which it was near and could not be told. */
  readonly tried: Pose[];
  /** The last view showed it near, large, central and of the right size. */
  isConvincing: boolean;
  /** How it looked, and from where, once two views in turn convinced: it is gone up to and claimed. */
  told?: { readonly blob: Blob; readonly pose: Pose };
  /** Steps towards it since, and the near places from which too little was seen. */
  approaches: number;
  readonly reached: Pose[];
  /** Turned out to be something else, or cannot be told. */
  isRefused: boolean;
}

/** Views of one thing are of the same place if so near to each other, metres. */
const SAME_PLACE = 0.6;

/** The leads of one agent. */
export class Leads {
  readonly #leads: Lead[] = [];

  /** What is known of the place at `position`; new if nothing is. */
  at(position: Blob["position"]): Lead {
    const known = this.#leads.find((lead) =>
      isSamePlace(lead.position, position)
    );
    if (known !== undefined) return known;
    const lead: Lead = {
      position,
      looks: 0,
      tried: [],
      isConvincing: false,
      approaches: 0,
      reached: [],
      isRefused: false,
    };
    this.#leads.push(lead);
    return lead;
  }

  /** Whether what was seen there turned out to be something else, or cannot be told. */
  isRefused(position: Blob["position"]): boolean {
    return this.#leads.some((lead) =>
      lead.isRefused && isSamePlace(lead.position, position)
    );
  }
}

/** Whether two views are of one place. */
export function isSamePlace(
  a: Blob["position"],
  b: Blob["position"],
): boolean {
  return Math.hypot(a[0] - b[0], a[1] - b[1]) < SAME_PLACE;
}
