/**
 * A run that is over, as its results are made from: what was asked, where, and
 * what happened when.
 *
 * @module
 */

import type { AgentEvent, AgentStepEvent } from "../events/event.ts";
import type { Bounds } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import type { FloorPlan } from "../map/floor_plan.ts";
import type { VlmUsage } from "../vlm/usage.ts";

/** An event and when it came. */
export interface TimedEvent {
  readonly event: AgentEvent;
  /** Milliseconds since the run began; NaN where nobody remembers. */
  readonly at: number;
}

/** The place from above, as a picture. */
export interface RecordMap {
  readonly png: Uint8Array;
  /** World metres: what the whole picture shows, y up. */
  readonly area: {
    readonly min: readonly [x: number, y: number];
    readonly max: readonly [x: number, y: number];
  };
}

/** A run, as a rule one that is over. */
export interface RunRecord {
  readonly query: string;
  /** The scene as the user called it. */
  readonly scene: string;
  /** Where agents may go, world metres. */
  readonly bounds: Bounds;
  readonly startedAt: Date;
  /** All so far, in order; the last is `session_complete` once it is over. */
  readonly events: readonly TimedEvent[];
  readonly map?: RecordMap;
  /** Ground that the agents saw, as polygons of world metres; each look's own. */
  readonly seen?: readonly (readonly (readonly [number, number])[])[];
  /** The floor that can be reached from the start. */
  readonly floor?: FloorPlan;
  /** What the model has cost. */
  readonly usage?: VlmUsage;
}

/** A look and when it was told. */
export interface TimedLook {
  readonly agentId: number;
  /** From 0. */
  readonly step: number;
  readonly pose: Pose;
  /** Milliseconds since the run began. */
  readonly at: number;
  readonly event: AgentStepEvent;
}

/** The looks of all agents, in the order in which they were told. */
export function looksOf({ events }: Pick<RunRecord, "events">): TimedLook[] {
  return events.flatMap(({ event, at }) =>
    event.type === "agent_step"
      ? [{
        agentId: event.agent_id,
        step: event.step,
        pose: event.pose,
        at,
        event,
      }]
      : []
  );
}

/** Numbers of the agents that took part, ascending. */
export function agentsOf({ events }: Pick<RunRecord, "events">): number[] {
  const ids = events.flatMap(({ event }) =>
    event.type === "agent_started" ? [event.agent_id] : []
  );
  return [...new Set(ids)].sort((a, b) => a - b);
}
