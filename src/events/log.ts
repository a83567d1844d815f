/**
 * The event log of one session: one writer, any number of readers.
 *
 * Each record is encoded once, into segments that all readers share. A reader
 * is a position in the bytes and nothing else: it has no queue, so that a
 * slow one costs no memory. Records that wait together leave together, up to
 * a segment at a time.
 *
 * @module
 */

import { encodeSse } from "./encode.ts";

/** Bytes that a reader takes at once. 64 kB won every burst that was measured against single records. */
const maxReadBytes = 65_536;

/** Bytes a segment: so many that few pictures are cut by its end. */
export const segmentBytes = 4 * maxReadBytes;

/** Memory that the id and the position of one record take: bytes, about. */
const bytesPerId = 100;

/** An id that this log never gave out: of another log, or of another life of it. */
export class UnknownEventIdError extends Error {
  override readonly name = "UnknownEventIdError";
}

/** Options of an {@linkcode EventLog}. */
export interface EventLogOptions {
  /** Names this life of the log: letters and digits. @default {64 random bits} */
  epoch?: string;
  /** Makes a record's bytes from its id and its NDJSON line. @default {encodeSse} */
  encode?: (id: string, line: Uint8Array) => Uint8Array;
}

/** 64 random bits in hexadecimal: the name of one life of a log. */
export function randomEpoch(): string {
  return crypto.getRandomValues(new Uint8Array(8)).toHex();
}

/** An append-only log of encoded records. Ids are `<epoch>-<sequence>` unless whoever appends has others; readers treat them as opaque. */
export class EventLog {
  readonly #encode: (id: string, line: Uint8Array) => Uint8Array;
  readonly #segments: Uint8Array<ArrayBuffer>[] = [];
  /** Position behind each record, by its id. */
  readonly #ends = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #epoch: string;
  #size = 0;
  #ended = false;

  constructor(
    { epoch = randomEpoch(), encode = encodeSse }: EventLogOptions = {},
  ) {
    this.#epoch = epoch;
    this.#encode = encode;
  }

  /** Records so far. */
  get length(): number {
    return this.#ends.size;
  }

  /** Bytes so far: the position behind the last record. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of memory that the log holds. */
  get memory(): number {
    const last = this.#segments.at(-1)?.length ?? 0;
    const full = Math.max(0, this.#segments.length - 1) * segmentBytes;
    return full + last + bytesPerId * this.#ends.size;
  }

  /** Whether {@linkcode end} was called. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The id that the next record will have. */
  get nextId(): string {
    return `${this.#epoch}-${this.#ends.size}`;
  }

  /**
   * Begins another life: later records bear `epoch`. Ids of records that an
   * earlier life gave out and lost are thereby told from those to come.
   */
  beginLife(epoch: string): void {
    this.#epoch = epoch;
  }

  /**
   * Appends a record and wakes the readers.
   *
   * @param line An event as NDJSON.
   * @param id Letters, digits and `-`; none that the log gave out before.
   * @returns The record's id.
   * @throws {TypeError} If the log has ended.
   */
  append(line: Uint8Array, id: string = this.nextId): string {
    if (this.#ended) throw new TypeError("Cannot append as the log has ended");
    this.#push(this.#encode(id, line));
    this.#ends.set(id, this.#size);
    this.#wake();
    return id;
  }

  /** No more records: readers that have read all of them are done. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const used = this.#size % segmentBytes;
    const last = this.#segments.pop();
    if (last !== undefined) {
      this.#segments.push(used === 0 ? last : last.slice(0, used));
    }
    this.#wake();
  }

  /**
   * The position at which a reader goes on that has read up to `id`.
   *
   * @throws {UnknownEventIdError} If this log never gave out `id`.
   */
  positionAfter(id: string): number {
    const end = this.#ends.get(id);
    if (end === undefined) {
      throw new UnknownEventIdError(
        "Cannot resume after this event id as the log never gave it out",
      );
    }
    return end;
  }

  /**
   * Bytes from `position` on, as many as a reader takes at once: a view on
   * shared memory that never changes. Empty if the reader has read everything.
   */
  read(position: number): Uint8Array<ArrayBuffer> {
    const index = Math.floor(position / segmentBytes);
    const start = index * segmentBytes;
    const end = Math.min(position + maxReadBytes, this.#size);
    const segment = this.#segments[index];
    return segment === undefined
      ? new Uint8Array(0)
      : segment.subarray(position - start, end - start);
  }

  /**
   * Calls `listener` after each record and at the end.
   *
   * @returns What ends the calls.
   */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #push(record: Uint8Array): void {
    for (let taken = 0; taken < record.length;) {
      const offset = this.#size % segmentBytes;
      if (offset === 0) this.#segments.push(new Uint8Array(segmentBytes));
      const part = record.subarray(taken, taken + segmentBytes - offset);
      this.#segments.at(-1)!.set(part, offset);
      this.#size += part.length;
      taken += part.length;
    }
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
  }
}
