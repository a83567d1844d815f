/**
 * The conversation of one agent: what of it is still shown in pictures, and
 * what is told in words.
 *
 * @module
 */

import type { ChatImage, ChatMessage } from "../vlm/message.ts";

/** `all` keeps every picture; a number is the most that are kept, but for those around the start. */
export type HistoryLimit = "all" | number;

/** Characters of an answer that a note quotes. */
const NOTE_QUOTE = 100;
/** Notes that are kept, the newest: a long search must not fill the window with them. */
const MAX_NOTES = 40;
/** Characters of an answer that stay in the conversation: unreadable ones can be long. */
const MAX_ANSWER = 2000;

/** One look and what the model made of it. */
export interface Turn {
  readonly image: ChatImage;
  /** Position and step, in words, and what else is told. */
  readonly text: string;
  /** Pictures that are shown before {@linkcode image} for once, and the words for them. */
  readonly around?: {
    readonly images: readonly ChatImage[];
    readonly text: string;
  };
  /** What of {@linkcode text} a note keeps. @default {all of it} */
  readonly lasting?: string;
}

interface Answered extends Turn {
  readonly answer: string;
  /** For the note, once the picture is gone. */
  readonly summary: string;
}

/**
 * Reads `all` or `last:K`.
 *
 * @throws {RangeError} If `text` is neither.
 */
export function parseHistoryLimit(text: string): HistoryLimit {
  if (text === "all") return "all";
  const count = Number(text.match(/^last:(\d+)$/)?.[1] ?? NaN);
  if (!(count >= 1)) {
    throw new RangeError(
      `Cannot keep a history as it must be all or last:K with K >= 1: current value is ${text}`,
    );
  }
  return count;
}

/**
 * Grows at its end alone; messages once made are never changed, so that every
 * request starts with the bytes of the one before. Only compacting breaks
 * that, so it drops many pictures at once and is rarely needed.
 */
export class History {
  readonly #system: ChatMessage;
  #limit: HistoryLimit;
  #messages: ChatMessage[] = [];
  #turns: Answered[] = [];
  #notes: string[] = [];
  #open: Turn | undefined;

  /** @param system text of the first message */
  constructor(system: string, limit: HistoryLimit) {
    this.#system = { role: "system", text: system };
    this.#limit = limit;
  }

  /** The whole conversation, as it is sent. */
  get messages(): readonly ChatMessage[] {
    return [this.#system, ...this.#messages];
  }

  /** Pictures that are still shown. */
  get imageCount(): number {
    return this.#shown.reduce(
      (sum, { around }) => sum + 1 + (around?.images.length ?? 0),
      0,
    );
  }

  /** Turns whose pictures are still shown. */
  get #shown(): Turn[] {
    return this.#open === undefined
      ? this.#turns
      : [...this.#turns, this.#open];
  }

  /** Keeps at most `images` pictures from now on. */
  limitImages(images: number): void {
    this.#limit = this.#limit === "all"
      ? images
      : Math.min(this.#limit, images);
  }

  /** Shows the next picture; one too many drops half of them. */
  ask(turn: Turn): void {
    this.#open = turn;
    this.#messages.push(userMessage(turn));
    if (this.#limit !== "all" && this.#shown.length > this.#limit) {
      this.compact(Math.ceil(this.#limit / 2));
    }
  }

  /** Takes down the answer to the last picture; `summary` is what a note will say of it. */
  answer(text: string, summary: string): void {
    const kept = text.trim().slice(0, MAX_ANSWER).toWellFormed() ||
      "(no answer)";
    this.#messages.push({ role: "assistant", text: kept });
    this.#turns.push({ ...this.#open!, answer: kept, summary });
    this.#open = undefined;
  }

  /** Turns all but the newest `images` (>= 1) pictures into notes; those around the start go first. */
  compact(images: number): void {
    this.#turns = this.#turns.map(withoutAround);
    this.#open &&= withoutAround(this.#open);
    const dropped = this.#turns.splice(
      0,
      Math.max(0, this.#shown.length - Math.max(1, images)),
    );
    this.#notes.push(...dropped.map(noteOf));
    this.#notes = this.#notes.slice(-MAX_NOTES);
    this.#messages = this.#turns.flatMap((turn, index) => [
      userMessage(turn, index === 0 ? this.#notes : []),
      { role: "assistant", text: turn.answer } as const,
    ]);
    if (this.#open !== undefined) {
      this.#messages.push(
        userMessage(this.#open, this.#turns.length === 0 ? this.#notes : []),
      );
    }
  }
}

function userMessage(
  { image, text, around }: Turn,
  notes: readonly string[] = [],
): ChatMessage {
  return {
    role: "user",
    images: [...around?.images ?? [], image],
    text: around !== undefined
      ? `${text}\n${around.text}`
      : notes.length === 0
      ? text
      : `${text}\nEarlier steps, their pictures no longer shown:\n${
        notes.join("\n")
      }`,
  };
}

function withoutAround<Some extends Turn>(
  { around: _, ...turn }: Some,
): Omit<Some, "around"> {
  return turn;
}

function noteOf({ text, lasting = text, summary }: Answered): string {
  const words = summary.replace(/\s+/g, " ").trim();
  return `- ${lasting} ${
    words.length > NOTE_QUOTE ? `${words.slice(0, NOTE_QUOTE)}...` : words
  }`.toWellFormed();
}
