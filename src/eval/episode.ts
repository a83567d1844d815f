/**
 * The fixed list of episodes: a flat, what is to be found in it, and whether
 * it is there at all.
 *
 * @module
 */

import type { DemoTarget } from "../scene/demo_scene.ts";

/** One search in one flat. */
export interface Episode {
  /** From 0. */
  readonly index: number;
  /** Of the flat, and of everything random in the episode. */
  readonly seed: number;
  /** 2 to 6. */
  readonly rooms: number;
  /** Whether the target is there, absent, or only things like it. */
  readonly target: DemoTarget;
  readonly query: string;
}

/** What the demo flats hide, and what an agent is asked for. */
export const TARGET_NAME = "red chair";
const QUERY = `find the ${TARGET_NAME}`;

/** Sizes of flats, and how often each kind of target comes, in their order. */
const ROOMS = [2, 3, 4, 5, 6] as const;
/** Of twenty episodes three have no target and three only look-alikes. */
const PERIOD = 20;
const ABSENT = [3, 9, 16];
const LOOK_ALIKES = [6, 12, 19];
/** Seeds of one list lie so far from those of the next: lists never share a flat. */
const SEED_STRIDE = 10_000;

/**
 * The first `count` episodes of list `seed`. A longer list begins with the
 * shorter one. All sizes of flats come equally often, with each kind of target.
 */
export function makeEpisodes(count: number, seed: number): Episode[] {
  return Array.from({ length: count }, (_, index) => {
    const place = index % PERIOD;
    return {
      index,
      seed: seed * SEED_STRIDE + index,
      // Shifted from period to period, so that kinds and sizes mix.
      rooms: ROOMS[(index + Math.floor(index / PERIOD)) % ROOMS.length]!,
      target: ABSENT.includes(place)
        ? "absent"
        : LOOK_ALIKES.includes(place)
        ? "look-alikes"
        : "present",
      query: QUERY,
    };
  });
}
