/**
 * A run as a person reads it: one line an event.
 *
 * @module
 */

import type { AgentEvent } from "../events/event.ts";
import { printable } from "./terminal.ts";

/** How lines are written. */
export interface PrettyOptions {
  /** Colours for a terminal. */
  readonly colors: boolean;
}

const CYAN = 36;
const AGENT_COLORS = [CYAN, 33, 35, 34];
const GREEN = 32;
const RED = 31;

/** The line of an event. */
export function prettyLine(
  event: AgentEvent,
  { colors }: PrettyOptions,
): string {
  const paint = (text: string, color: number, weight = 0): string =>
    colors ? `\x1b[${weight};${color}m${text}\x1b[0m` : text;
  const agent = (id: number): string =>
    paint(`agent ${id}`, AGENT_COLORS[id % AGENT_COLORS.length]!);
  switch (event.type) {
    case "agent_started":
      return `${agent(event.agent_id)}  starts at ${place(event.start_pose)}`;
    case "agent_step": {
      const total = String(event.total_steps);
      const step = String(event.step + 1).padStart(total.length);
      return `${agent(event.agent_id)}  ${step}/${total}  ${
        place(event.pose)
      }  ${printable(event.reasoning)}`;
    }
    case "agent_found":
      return `${agent(event.agent_id)}  ${
        paint("found it", GREEN, 1)
      } after ${event.steps} ${event.steps === 1 ? "step" : "steps"}`;
    case "agent_done":
      return `${agent(event.agent_id)}  ends after ${event.steps} ${
        event.steps === 1 ? "step" : "steps"
      }`;
    case "error":
      return `${
        event.agent_id === undefined ? "run" : agent(event.agent_id)
      }  ${paint("failed", RED, 1)}: ${printable(event.message)}`;
    case "session_complete":
      return event.winner_agent_id === null
        ? paint(printable(event.description), RED, 1)
        : `${paint("Found", GREEN, 1)} by ${agent(event.winner_agent_id)}: ${
          printable(event.description)
        }`;
  }
}

function place(
  { x, y, z, yaw }: { x: number; y: number; z: number; yaw: number },
): string {
  const metres = (value: number): string => value.toFixed(2).padStart(6);
  return `(${metres(x)},${metres(y)},${metres(z)}) ${
    yaw.toFixed(0).padStart(3)
  }°`;
}
