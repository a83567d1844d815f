/**
 * The events of a log as values, from the records that its readers share.
 *
 * @module
 */

import type { AgentEvent } from "../events/event.ts";
import type { EventLog } from "../events/log.ts";
import { ChunkUnframer } from "./listener/chunked.ts";

const DATA = "data: ";

/** All events so far of a log whose records are framed for the sockets. */
export function readEvents(log: EventLog): AgentEvent[] {
  const unframer = new ChunkUnframer();
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for (let position = 0; position < log.size;) {
    const bytes = log.read(position);
    position += bytes.length;
    parts.push(decoder.decode(unframer.unframe(bytes), { stream: true }));
  }
  return parts.join("").split("\n").flatMap((line) =>
    line.startsWith(DATA)
      ? [JSON.parse(line.slice(DATA.length)) as AgentEvent]
      : []
  );
}
