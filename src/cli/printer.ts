/**
 * How a run is told in the terminal.
 *
 * @module
 */

import { encodeNdjson } from "../events/encode.ts";
import type { AgentEvent } from "../events/event.ts";
import { prettyLine } from "./pretty.ts";
import { say, writeOut } from "./terminal.ts";
import { pictureProtocol, pictureText } from "./terminal_picture.ts";

/** Cells of a line of stderr now; none where it is no terminal, or does not tell. */
function columnsOf(): number | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  try {
    const { columns } = Deno.consoleSize();
    return columns > 0 ? columns : undefined;
  } catch {
    return undefined;
  }
}

/**
 * NDJSON on stdout; with `pretty` lines for people on stderr, with the views
 * where the terminal can show them, and then none of the NDJSON on a terminal.
 */
export function printer(pretty: boolean): (event: AgentEvent) => Promise<void> {
  const colors = pretty && Deno.stderr.isTerminal() && !Deno.noColor;
  const ndjson = !(pretty && Deno.stdout.isTerminal());
  const pictures = colors ? pictureProtocol() : undefined;
  return async (event) => {
    if (pretty) say(prettyLine(event, { colors, columns: columnsOf() }));
    if (pictures !== undefined && event.type === "agent_step") {
      say(pictureText(event.image_b64, pictures));
    }
    if (ndjson) await writeOut(encodeNdjson(event));
  };
}
