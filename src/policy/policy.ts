/**
 * The interface between an agent and whatever decides for it.
 *
 * @module
 */

import type { Pose } from "../geometry/pose.ts";
import type { Bounds } from "../geometry/bounds.ts";
import type { Image } from "../image/image.ts";
import type { Blackboard } from "../map/blackboard.ts";

/** A view without anything drawn on it. */
export interface Picture {
  readonly image: Image;
  /** PNG bytes of {@linkcode image}; encoded once, on first use. */
  readonly png: () => Promise<Uint8Array>;
  readonly pose: Pose;
}

/** What an agent knows at a step. It holds pixels and depth, never the scene's ground truth. */
export interface Observation {
  /** Full-resolution colour. */
  readonly image: Image;
  /** PNG bytes of {@linkcode image}; encoded once, on first use. */
  readonly png: () => Promise<Uint8Array>;
  /** Median depth a pixel, metres; 0 where nothing is. */
  readonly depth: Float32Array;
  /** Vertical field of view, degrees. */
  readonly fov: number;
  /** Where the picture was taken. */
  readonly pose: Pose;
  /** World box that poses are clamped to, metres. */
  readonly bounds: Bounds;
  /** From 0. */
  readonly step: number;
  /** Steps that the agent has in all. */
  readonly totalSteps: number;
  /** What the agent should know of the last move or claim, in words (a pose that was changed, a find that was refuted). */
  readonly note?: string;
  /** What is around the start, a whole round to the left; at an agent's first look alone. */
  readonly panorama?: readonly Picture[];
  /** Where the last move was to end, if something solid is there; world metres. */
  readonly blocked?: { readonly x: number; readonly y: number };
}

/** What to do next. */
export type Decision =
  | {
    readonly action: "move";
    /** Where to go; the agent clamps it. Fields that are not finite keep the old value. */
    readonly pose: Pose;
    readonly reasoning: string;
    /** What may be the target, not to be told from here: the team gets to know of it. */
    readonly sighting?: {
      readonly description: string;
      /** Where in the picture: left, top, right, bottom in [0, 1]. */
      readonly box: readonly [number, number, number, number];
    };
  }
  | {
    readonly action: "found";
    /** What was found and where, in words. */
    readonly description: string;
    /** Where in the picture: left, top, right, bottom in [0, 1]. */
    readonly box?: readonly [number, number, number, number];
    /** Where to go if the claim is refuted. @default {a turn} */
    readonly otherwise?: Pose;
  }
  | {
    /** The reply could not be understood: the agent turns by 30 degrees. */
    readonly action: "unreadable";
    /** The raw reply, as evidence. */
    readonly raw: string;
  };

/** What is claimed to be the target, seen from nearer. */
export interface ClaimViews {
  /** The claim, in the policy's own words. */
  readonly description: string;
  /** One or more, without any drawing. */
  readonly pictures: readonly Picture[];
}

/** What a check of a claim came to. */
export interface Verdict {
  readonly confirmed: boolean;
  /** What was seen, in words. */
  readonly evidence: string;
}

/** Decides for one agent; may remember what it saw. */
export interface Policy {
  /**
   * @throws The signal's reason if aborted.
   * @throws Error if the agent cannot go on; its message reaches the `error` event.
   */
  decide(observation: Observation, signal: AbortSignal): Promise<Decision>;
  /**
   * Whether nearer views confirm a claim. Policies that cannot tell leave it
   * out; their claims stand.
   *
   * @throws As {@linkcode decide}.
   */
  verify?(claim: ClaimViews, signal: AbortSignal): Promise<Verdict>;
}

/** What a policy is made for. */
export interface PolicyOptions {
  readonly query: string;
  /** From 0. */
  readonly agentId: number;
  readonly numAgents: number;
  /** Seeds sampling; the agent's number is added. */
  readonly seed: number;
  /** What the team knows together; without one each agent has its own. */
  readonly board?: Blackboard;
}

/** Makes one policy an agent. */
export type PolicyFactory = (options: PolicyOptions) => Policy;
