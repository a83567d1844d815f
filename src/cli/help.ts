/**
 * What `--help` prints.
 *
 * @module
 */

import { type Command, COMMANDS, optionHelp } from "../config/mod.ts";

interface Page {
  readonly usage: string;
  readonly about: string;
  readonly examples: readonly string[];
  readonly notes?: string;
}

const PAGES: Readonly<Record<Command, Page>> = {
  find: {
    usage: 'splatscout [find] "<query>" [options]',
    about:
      "Lets agents look for something in a scan; prints their events as NDJSON.",
    examples: [
      'splatscout "find the red chair" --pretty',
      'splatscout "find the fire extinguisher" --scene hall.ply --base-url http://gpu:8000/v1 --out run1',
    ],
    notes: `Commands: ${
      COMMANDS.join(", ")
    }; each has --help. Where none is named, find is meant.
Exit code: 0 found, 1 not found, 2 bad arguments, unreadable scene or every agent failed, 130 Ctrl-C.`,
  },
  render: {
    usage:
      "splatscout render [--scene FILE] (--pose=X,Y,Z,YAW[,PITCH] | --cameras FILE) --out PATH [options]",
    about: "Renders views to PNG files.",
    examples: [
      "splatscout render --scene hall.ply --pose=0,0,0,90 --out view.png --depth",
      "splatscout render --scene hall.ply --cameras transforms.json --out views",
    ],
  },
  inspect: {
    usage: "splatscout inspect FILE [options]",
    about: "Says what a splat file holds and how its axes are understood.",
    examples: [
      "splatscout inspect hall.ply",
      "splatscout inspect hall.sog --json",
    ],
  },
  serve: {
    usage: "splatscout serve [options]",
    about: "Serves sessions over HTTP; events stream as SSE.",
    examples: ["splatscout serve --scene hall.ply --port 8000"],
  },
  replay: {
    usage: "splatscout replay DIR|EVENTS.ndjson [options]",
    about: "Plays a run that --out kept, as it came or faster.",
    examples: [
      "splatscout replay run1 --pretty",
      "splatscout replay run1/events.ndjson --speed 1000000",
      "splatscout replay run1 --serve --speed 4",
    ],
    notes: "Exit code: that of the run.",
  },
  mcp: {
    usage: "splatscout mcp [options]",
    about:
      "Offers find, render, inspect and map as tools to a Model Context Protocol client, over stdin and stdout.",
    examples: [
      "splatscout mcp --scene hall.ply --base-url http://gpu:8000/v1",
      "npx @modelcontextprotocol/inspector --cli splatscout mcp --method tools/list",
    ],
  },
  doctor: {
    usage: "splatscout doctor [options]",
    about:
      "Says what works on this machine (graphics, scene, model, permissions, disk, NATS), and the mend of what does not.",
    examples: [
      "splatscout doctor",
      "splatscout doctor --scene hall.ply --base-url http://gpu:8000/v1",
    ],
    notes: "Exit code: 0 if all that was asked for works, 1 if not.",
  },
  eval: {
    usage: "splatscout eval [options]",
    about:
      "Measures who finds what: searches in made flats, judged by their truth. Prints a table.",
    examples: [
      "splatscout eval --episodes 20 --policies detector,oracle",
      "splatscout eval --out results",
      "splatscout eval --policy vlm --base-url http://gpu:8000/v1 --out results",
    ],
    notes:
      "With --out, what is done is kept: the same command goes on where it was stopped.",
  },
  completions: {
    usage: "splatscout completions bash|zsh|fish",
    about: "Prints a script that completes commands and options in a shell.",
    examples: [
      "splatscout completions bash >>~/.bashrc",
      "splatscout completions zsh >~/.zfunc/_splatscout",
      "splatscout completions fish >~/.config/fish/completions/splatscout.fish",
    ],
  },
};

/** The help of a command. */
export function helpText(command: Command): string {
  const { usage, about, examples, notes } = PAGES[command];
  return `${about}

Usage: ${usage}

${optionHelp(command)}

Examples:
${examples.map((example) => `  ${example}`).join("\n")}
${notes ? `\n${notes}\n` : ""}`;
}
