/**
 * Readers of event streams, as clients have them.
 *
 * @module
 */

import type { AgentEvent } from "../src/events/event.ts";

const DATA = "data: ";

/** The data of a whole stream, record by record, as the front end takes it: lines that begin with `data: `. */
export function dataLines(text: string): string[] {
  return text.split("\n")
    .filter((line) => line.startsWith(DATA))
    .map((line) => line.slice(DATA.length));
}

/** The front end's reader, as its specification has it: each event as it comes. */
export async function* naiveRead(
  answer: Response,
): AsyncGenerator<AgentEvent> {
  let rest = "";
  for await (
    const text of answer.body!.pipeThrough(new TextDecoderStream())
  ) {
    const whole = rest + text;
    const end = whole.lastIndexOf("\n") + 1;
    rest = whole.slice(end);
    for (const line of dataLines(whole.slice(0, end))) yield JSON.parse(line);
  }
}

/** One SSE record. */
export interface SseRecord {
  readonly id: string;
  readonly data: string;
}

/** Reads records as EventSource does: fields, comments, an empty line dispatches. */
export function parseSse(
  text: string,
): { records: SseRecord[]; retry: number | undefined; comments: string[] } {
  const records: SseRecord[] = [];
  const comments: string[] = [];
  let retry: number | undefined;
  let id = "";
  let data: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === "") {
      if (data.length > 0) records.push({ id, data: data.join("\n") });
      data = [];
      continue;
    }
    if (line.startsWith(":")) {
      comments.push(line.slice(1).trim());
      continue;
    }
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line)!;
    if (field === "id") id = value;
    else if (field === "data") data.push(value);
    else if (field === "retry") retry = Number(value);
  }
  return { records, retry, comments };
}
