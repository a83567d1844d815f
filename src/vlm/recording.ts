/**
 * What a recording of model exchanges holds: one JSON object a line, first the
 * model, then what happened in its order: who made up a question, and who was
 * given which answer.
 *
 * @module
 */

import { z } from "zod";
import type { ChatRequest, VlmModel } from "./chat.ts";
import {
  ContextOverflowError,
  EndpointError,
  StepTimeoutError,
} from "./errors.ts";
import type { ChatImage } from "./message.ts";

const VERSION = 2;

const failure = z.object({
  kind: z.enum(["overflow", "timeout", "other"]),
  message: z.string(),
  maxImages: z.number().optional(),
});

const head = z.union([
  z.object({
    splatscout_recording: z.literal(VERSION),
    model: z.object({ id: z.string(), maxLength: z.number().optional() }),
  }),
  /** There was no model to be had. */
  z.object({ splatscout_recording: z.literal(VERSION), error: failure }),
]);

const exchange = z.object({
  agent: z.int().min(0),
  request: z.object({
    schema: z.string(),
    temperature: z.number(),
    seed: z.number(),
    maxCompletionTokens: z.number(),
    messages: z.array(z.object({
      role: z.string(),
      text: z.string(),
      /** SHA-256 of the PNG bytes, hexadecimal. */
      images: z.array(z.string()).optional(),
    })),
  }),
  /** Exactly one of the three. */
  reply: z.object({
    text: z.string(),
    reasoning: z.string(),
    finish: z.string(),
    usage: z.object({
      prompt: z.number(),
      cached: z.number(),
      completion: z.number(),
      estimated: z.boolean(),
    }),
  }).optional(),
  error: failure.optional(),
  stopped: z.literal(true).optional(),
});

/** An agent makes up a question from what its team knows by now. */
const question = z.object({ agent: z.int().min(0), asks: z.literal(true) });

/** Why the run ended before its agents did: the last line, if there is a reason. */
const ending = z.object({ ended: z.string() });

/** The first line. */
export type RecordingHead = z.infer<typeof head>;
/** A question as it was sent, and what came of it. */
export type Exchange = z.infer<typeof exchange>;
/** A fault of the endpoint as it is kept. */
export type RecordedFailure = z.infer<typeof failure>;
/** A line between the first and the ending. */
export type RecordedLine = Exchange | z.infer<typeof question>;
/** A recording as read. */
export interface Recording {
  readonly head: RecordingHead;
  /** In the order in which they happened. */
  readonly lines: readonly RecordedLine[];
  /** In words; undefined if the run came to its end, or was stopped from outside. */
  readonly ended: string | undefined;
}

/** The first line: the model, or why there was none. */
export function recordingHead(
  known: { readonly model: VlmModel } | { readonly error: RecordedFailure },
): RecordingHead {
  return { splatscout_recording: VERSION, ...known };
}

/** The line of an agent that makes up a question. */
export function recordedQuestion(agent: number): z.infer<typeof question> {
  return { agent, asks: true };
}

/** The last line. */
export function recordingEnd(reason: string): z.infer<typeof ending> {
  return { ended: reason };
}

/** A fault as it is kept. */
export function recordFailure(error: unknown): RecordedFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ContextOverflowError) {
    const { maxImages } = error;
    return { kind: "overflow", message, ...(maxImages ? { maxImages } : {}) };
  }
  return {
    kind: error instanceof StepTimeoutError ? "timeout" : "other",
    message,
  };
}

/** The fault that was kept. */
export function reviveFailure(
  { kind, message, maxImages }: RecordedFailure,
): EndpointError {
  switch (kind) {
    case "overflow":
      return new ContextOverflowError(
        message,
        maxImages === undefined ? {} : { maxImages },
      );
    case "timeout":
      return new StepTimeoutError(message);
    case "other":
      return new EndpointError(message);
  }
}

/** `request` as it is kept: pictures by hash, no headers, no key. */
export async function describeRequest(
  request: ChatRequest,
): Promise<Exchange["request"]> {
  const { schema, temperature, seed, maxCompletionTokens } = request;
  const messages = await Promise.all(
    request.messages.map(async (message) => ({
      role: message.role,
      text: message.text,
      ...(message.role === "user" && message.images.length > 0
        ? { images: await Promise.all(message.images.map(hashOf)) }
        : {}),
    })),
  );
  return {
    schema: schema.name,
    temperature,
    seed,
    maxCompletionTokens,
    messages,
  };
}

/**
 * Reads a recording.
 *
 * @throws {SyntaxError} If `text` is none, naming the line.
 */
export function parseRecording(text: string): Recording {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const parse = <Schema extends z.ZodType>(
    schema: Schema,
    index: number,
  ): z.output<Schema> => {
    try {
      return schema.parse(JSON.parse(lines[index] ?? ""));
    } catch (cause) {
      throw new SyntaxError(
        `Cannot replay as line ${index + 1} is no ${
          index === 0 ? "head" : "exchange"
        } of a recording made with --record`,
        { cause },
      );
    }
  };
  const first = parse(head, 0);
  const rest = lines.slice(1).map((_, index) =>
    parse(z.union([exchange, question, ending]), index + 1)
  );
  return {
    head: first,
    lines: rest.filter((line): line is RecordedLine => !("ended" in line)),
    ended: rest.find((line) => "ended" in line)?.ended,
  };
}

const hashes = new WeakMap<ChatImage, Promise<string>>();

function hashOf(image: ChatImage): Promise<string> {
  let hash = hashes.get(image);
  if (hash === undefined) {
    hash = crypto.subtle.digest("SHA-256", image.png.slice())
      .then((digest) => new Uint8Array(digest).toHex());
    hashes.set(image, hash);
  }
  return hash;
}
