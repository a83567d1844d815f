/**
 * Reading the files of sessions: all of one, or its two ends.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { z } from "zod";
import { encodeNdjson } from "./encode.ts";
import { agentEvent } from "./event.ts";
import { EventLedger } from "./ledger.ts";
import { EventLog } from "./log.ts";
import { decodeStoredLine } from "./stored_line.ts";

/** First line of a file: what the session was asked. */
export const storedHeader = z.object({
  session_id: z.string(),
  query: z.string(),
  num_agents: z.int(),
  created_at: z.iso.datetime(),
});

/** Last line of a file: how the session ended. */
export const storedSummary = z.object({
  status: z.enum(["complete", "cancelled"]),
  winner_agent_id: z.int().nullable(),
  description: z.string(),
  ended_at: z.iso.datetime(),
});

/** What the first line holds. */
export type StoredHeader = z.infer<typeof storedHeader>;
/** What the last line holds. */
export type StoredSummary = z.infer<typeof storedSummary>;

/** What is known of a file without reading its middle. */
export interface StoredEnds {
  /** Absent if the first line is damaged. */
  readonly header: StoredHeader | undefined;
  /** Absent if the session was interrupted, or the last line is damaged. */
  readonly summary: StoredSummary | undefined;
}

/** Bytes of a file's ends that are read: a query of 2,000 characters takes 12 kB at most. */
const endBytes = 32 * 1024;

/** Bytes that are read at once. */
const pieceBytes = 1024 * 1024;

/** Records that one gap may have lost: more is a file that was made up. */
const maxMissing = 100_000;

const newline = 0x0a;
const decoder = new TextDecoder();

/** What stands in the place of a damaged record. */
const placeholder = encodeNdjson({
  type: "error",
  message: "Cannot show this record as it is damaged on the disk",
});

/** Reads the first and the last line of a file. */
export function readEnds(path: string): StoredEnds {
  using file = openRegular(path);
  const { size } = file.statSync();
  const start = readAt(file, 0, Math.min(size, endBytes));
  const first = start.subarray(0, Math.max(0, start.indexOf(newline)));
  const tail = readAt(file, Math.max(0, size - endBytes), size);
  const last = tail.at(-1) === newline
    ? tail.subarray(tail.lastIndexOf(newline, tail.length - 2) + 1, -1)
    : tail.subarray(0, 0);
  const header = decodeStoredLine(first);
  const summary = decodeStoredLine(last);
  return {
    header: header?.kind === "session"
      ? storedHeader.safeParse(header.value).data
      : undefined,
    summary: summary?.kind === "end"
      ? storedSummary.safeParse(summary.value).data
      : undefined,
  };
}

/** What reading a whole file showed. */
export interface StoredRead {
  /** Lines that are damaged; for each record among them a placeholder is in the log. */
  readonly damaged: number;
  /** Bytes of whole lines; what follows was torn off in writing. */
  readonly size: number;
  /** The last whole line lacks its newline, or another byte stands there. */
  readonly lacksNewline: boolean;
  readonly ledger: EventLedger;
}

/**
 * Reads a whole file into `log`, under the ids that its records had. In the
 * place of each damaged record stands an `error` that says so: damage is
 * never passed over.
 */
export async function readSession(
  path: string,
  log: EventLog,
): Promise<StoredRead> {
  const reading = new Reading(log);
  using file = openRegular(path);
  const buffer = new Uint8Array(pieceBytes);
  let parts: Uint8Array[] = [];
  let size = 0;
  for (let n = 0; n !== null; n = (await file.read(buffer)) as number) {
    const piece = buffer.subarray(0, n);
    let start = 0;
    for (
      let end = piece.indexOf(newline);
      end >= 0;
      end = piece.indexOf(newline, start)
    ) {
      const line = Buffer.concat([...parts, piece.subarray(start, end)]);
      reading.take(line);
      parts = [];
      start = end + 1;
      size += line.length + 1;
    }
    parts.push(piece.slice(start));
  }
  const rest = Buffer.concat(parts);
  const whole = [rest, rest.subarray(0, -1)].find((line) =>
    decodeStoredLine(line) !== undefined
  );
  if (whole !== undefined) reading.take(whole);
  reading.finish();
  return {
    damaged: reading.damaged,
    size: size + (whole?.length ?? 0),
    lacksNewline: whole !== undefined,
    ledger: reading.ledger,
  };
}

/** The events of a file in order, as NDJSON; `undefined` for each that is damaged. */
export async function readLines(
  path: string,
): Promise<(Uint8Array | undefined)[]> {
  const lines: (Uint8Array | undefined)[] = [];
  const log = new EventLog({
    encode: (_id, line) => {
      lines.push(line === placeholder ? undefined : line);
      return new Uint8Array();
    },
  });
  await readSession(path, log);
  return lines;
}

/** The state of reading one file, line after line. */
class Reading {
  readonly ledger = new EventLedger();
  damaged = 0;
  readonly #log: EventLog;
  #epoch: string | undefined;
  /** Damaged lines since the last sound record. */
  #gap = 0;

  constructor(log: EventLog) {
    this.#log = log;
  }

  take(bytes: Uint8Array): void {
    const stored = decodeStoredLine(bytes);
    if (stored === undefined) {
      this.damaged++;
      this.#gap++;
    } else if (stored.kind === "event") {
      this.#takeEvent(stored.id, stored.line);
    } else {
      // Damage in front of the first record, or behind the last one.
      if (this.#log.length === 0) this.#gap = 0;
    }
  }

  /** Placeholders for what is damaged behind the last sound record. */
  finish(): void {
    if (this.ledger.outcome === undefined) {
      this.#fill(this.#log.length + this.#gap);
    }
  }

  #takeEvent(id: string, line: Uint8Array): void {
    const [epoch = "", digits] = id.split("-");
    const sequence = Number(digits);
    const missing = sequence - this.#log.length;
    if (!(missing >= 0 && missing <= maxMissing)) {
      // A line that stands twice, or in a wrong place, is not served.
      this.damaged++;
      return;
    }
    this.#log.beginLife(this.#epoch ?? epoch);
    this.#fill(sequence);
    this.#gap = 0;
    this.#epoch = epoch;
    this.#log.beginLife(epoch);
    this.#log.append(line);
    this.ledger.record(agentEvent.parse(JSON.parse(decoder.decode(line))));
  }

  #fill(sequence: number): void {
    while (this.#log.length < sequence) this.#log.append(placeholder);
  }
}

function openRegular(path: string): Deno.FsFile {
  if (!Deno.lstatSync(path).isFile) {
    throw new TypeError(`Cannot read ${path} as it must be a regular file`);
  }
  return Deno.openSync(path);
}

function readAt(file: Deno.FsFile, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  file.seekSync(start, Deno.SeekMode.Start);
  let at = 0;
  while (at < bytes.length) {
    const n = file.readSync(bytes.subarray(at));
    if (n === null) break;
    at += n;
  }
  return bytes.subarray(0, at);
}

/** Stands for a first line that is damaged. */
export function unknownHeader(id: string, time: Date | null): StoredHeader {
  return {
    session_id: id,
    query: "(damaged on the disk)",
    num_agents: 0,
    created_at: (time ?? new Date()).toISOString(),
  };
}

/** Stands for a last line that is damaged. */
export function unknownSummary(time: Date | null): StoredSummary {
  return {
    status: "complete",
    winner_agent_id: null,
    description: "(damaged on the disk)",
    ended_at: (time ?? new Date()).toISOString(),
  };
}

/** A session that is on the disk. */
export interface StoredSession {
  readonly header: StoredHeader;
  readonly summary: StoredSummary;
}

/** Tells of the lines of a session's file that are damaged, if there are any. */
export function reportDamage(
  id: string,
  { damaged }: StoredRead,
  onNotice: (line: string) => void,
): void {
  if (damaged === 0) return;
  onNotice(
    `Session ${id}: ${damaged} line(s) of its file are damaged; readers are told so`,
  );
}
