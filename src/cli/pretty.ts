/**
 * A run as a person reads it: one line an event, folded at words on a terminal.
 *
 * @module
 */

import type { AgentEvent } from "../events/event.ts";
import { printable } from "./terminal.ts";

/** How lines are written. */
export interface PrettyOptions {
  /** Colours for a terminal. */
  readonly colors: boolean;
  /** Character cells of a line; what is longer goes on below, set in. @default {no end} */
  readonly columns?: number | undefined;
}

/** A line that goes on is set in below its text, if so many cells are left for it; else by a few. */
const ROOM_FOR_TEXT = 40;
const INDENT = 4;

const CYAN = 36;
const AGENT_COLORS = [CYAN, 33, 35, 34];
const GREEN = 32;
const RED = 31;

/** The line of an event. */
export function prettyLine(
  event: AgentEvent,
  { colors, columns = Infinity }: PrettyOptions,
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
      return folded(
        `${agent(event.agent_id)}  ${step}/${total}  ${place(event.pose)}  `,
        printable(event.reasoning),
        columns,
      );
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
      return folded(
        `${event.agent_id === undefined ? "run" : agent(event.agent_id)}  ${
          paint("failed", RED, 1)
        }: `,
        printable(event.message),
        columns,
      );
    case "session_complete":
      return event.winner_agent_id === null
        ? paint(printable(event.description), RED, 1)
        : folded(
          `${paint("Found", GREEN, 1)} by ${agent(event.winner_agent_id)}: `,
          printable(event.description),
          columns,
        );
  }
}

/** `head` and `text`, in lines of at most `columns` cells that break between words. */
function folded(head: string, text: string, columns: number): string {
  // deno-lint-ignore no-control-regex
  const used = head.replace(/\x1b\[[\d;]*m/g, "").length;
  const indent = columns - used >= ROOM_FOR_TEXT ? used : INDENT;
  const lines: string[] = [];
  let line = "";
  let room = columns - used;
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
      room = columns - indent;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return head + [...lines, line].join(`\n${" ".repeat(indent)}`);
}

function place(
  { x, y, z, yaw }: { x: number; y: number; z: number; yaw: number },
): string {
  const metres = (value: number): string => value.toFixed(2).padStart(6);
  return `(${metres(x)},${metres(y)},${metres(z)}) ${
    yaw.toFixed(0).padStart(3)
  }°`;
}
