/**
 * What the routes stand on.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import type { Bounds } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import type { FloorPlan } from "../map/floor_plan.ts";
import type { RunRequest } from "../run.ts";
import type { VlmUsage } from "../vlm/usage.ts";
import type { Exchange } from "./listener/exchange.ts";
import type { Metrics } from "./metrics.ts";
import type { AllowedMoves, PlaceMap } from "./schemas.ts";
import type { SessionBook } from "./session_book.ts";

/** What a request brings beside itself. */
export interface AppEnvironment {
  Bindings: { exchange: Exchange };
}

/** The place in world units, beside the keys of `inspect --json`. */
export interface SceneFacts {
  readonly file: string;
  readonly bounds: Bounds;
  readonly start: Pose;
  /** Degrees. */
  readonly fov: number;
  readonly [key: string]: unknown;
}

/** What the routes stand on. */
export interface AppOptions {
  readonly sessions: SessionBook;
  readonly metrics: Metrics;
  /** What a request that leaves fields out gets. */
  readonly defaults: Omit<RunRequest, "query">;
  /** Answer of GET /scene. */
  readonly scene: () => Promise<SceneFacts>;
  /** What the model has cost a session; none without one, or if nobody remembers. */
  readonly usage: (sessionId: string) => VlmUsage | undefined;
  /** A PNG of what is seen from a pose; throws the signal's reason if aborted. */
  readonly look: (pose: Pose, signal: AbortSignal) => Promise<Uint8Array>;
  /** The scene from above; none in a recording that lacks it. */
  readonly map: () => Promise<PlaceMap | undefined>;
  /** The floor that can be reached from the start; none where it cannot be told. */
  readonly floor: () => Promise<FloorPlan | undefined>;
  /** Corners of the ground that is seen from a pose, world metres. */
  readonly visibleGround: (
    pose: Pose,
    signal: AbortSignal,
  ) => Promise<readonly (readonly [number, number])[]>;
  /** Moves that stay where an agent can be. */
  readonly allowedMoves: (pose: Pose) => AllowedMoves;
  /** What must be there for a run, by name: `ok`, or what is wrong. */
  readonly checks: () => Promise<Record<string, string>>;
  /** Names that clients may use for this server. */
  readonly allowedHosts: readonly string[];
  /** `*`, or the one origin that browsers may come from. */
  readonly corsOrigin: string;
  /** What clients must show; absent, nothing. */
  readonly token?: string | undefined;
  /** Told of what a route threw. */
  readonly onError: (error: unknown) => void;
}

/** One request on its way through the routes. */
export type RouteContext = Context<AppEnvironment>;
