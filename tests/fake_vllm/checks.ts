/**
 * How vLLM reads a request: its refusals, token counts and prefix cache.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Json } from "./script.ts";

/** How the fake server is set up. */
export interface FakeServerOptions {
  /** @default {"tiny"} */
  readonly models?: readonly string[];
  /** Guards /v1 if given. */
  readonly apiKey?: string;
  /** @default {32768} */
  readonly maxModelLength?: number;
  /** Which of vLLM's three wordings of an overflow. @default {0} */
  readonly overflowWording?: 0 | 1 | 2;
  /** Images a prompt. @default {999} */
  readonly maxImages?: number;
  /** Request fields that are answered with 400, naming them. */
  readonly refuse?: readonly string[];
  /** Answers 413 to longer bodies, bytes. */
  readonly maxBody?: number;
  /** Refuses connections for so long. @default {0} */
  readonly loadingMs?: number;
  /** Answers this status while loading instead of refusing connections. */
  readonly loadingStatus?: number;
  /** Idle connections are reset after so long. @default {5000} */
  readonly keepAliveMs?: number;
  /** @default {0} */
  readonly port?: number;
}

/** An answer that is no completion. */
export interface Refusal {
  readonly status: number;
  readonly body: unknown;
}

const BLOCK = 16; // vLLM's cache block, tokens

/** What vLLM would refuse `body` for, undefined if nothing. */
export function refusalOf(
  body: Json,
  options: FakeServerOptions,
): Refusal | undefined {
  const { models = ["tiny"], maxModelLength = 32_768, maxImages = 999 } =
    options;
  if (!models.includes(body.model)) {
    return failure(
      404,
      "NotFoundError",
      `The model \`${body.model}\` does not exist.`,
      "model",
    );
  }
  const bad = (message: string, param: string | null = null): Refusal =>
    failure(400, "BadRequestError", message, param);
  for (const field of options.refuse ?? []) {
    if (field in body) return bad(`Unsupported parameter: '${field}'`, field);
  }
  if (body.stream_options && !body.stream) {
    return bad("Stream options can only be defined when `stream=True`.");
  }
  if (body.mm_processor_kwargs || body.media_io_kwargs) {
    return bad("Per-request mm_processor_kwargs are not trusted.");
  }
  const schema = body.response_format?.json_schema?.schema;
  if (schema !== undefined && unsupported(schema)) {
    return bad(
      "The provided JSON schema contains features not supported by xgrammar.",
    );
  }
  const images = imagesOf(body);
  if (images.length > maxImages) {
    return bad(
      `At most ${maxImages} image(s) may be provided in one prompt. Set \`--limit-mm-per-prompt\` to increase this limit.`,
    );
  }
  if (images.some((url) => sizeOf(url) === undefined)) {
    return bad("Failed to load image: cannot identify image file");
  }
  const prompt = promptTokens(body);
  const output = body.max_completion_tokens ?? body.max_tokens ?? 16;
  if (prompt + output > maxModelLength) {
    return bad(
      [
        `This model's maximum context length is ${maxModelLength} tokens. However, you requested ${output} output tokens and your prompt contains ${prompt} input tokens, for a total of ${
          prompt + output
        } tokens. Please reduce the length of the input prompt or the number of requested output tokens.`,
        `Input length (${prompt}) exceeds model's maximum context length (${maxModelLength}).`,
        `The decoder prompt (length ${prompt}) is longer than the maximum model length of ${maxModelLength}. Make sure that \`max_model_len\` is no smaller than the number of text tokens plus multimodal tokens.`,
      ][options.overflowWording ?? 0]!,
      "input_tokens",
    );
  }
  return undefined;
}

/** Tokens of the prompt: a quarter of the characters, and 32-pixel patches. */
export function promptTokens(body: Json): number {
  return body.messages.map(messageTokens).reduce(
    (a: number, b: number) => a + b,
    0,
  );
}

/** Remembers prompts; tells how much of a new one it has seen. */
export class PrefixCache {
  readonly #seen = new Set<string>();
  queries = 0;
  hits = 0;

  /** Tokens of `body`'s prompt found here, in whole blocks; adds the prompt. */
  look(body: Json): number {
    let cached = 0;
    let prefix = "";
    let inCache = true;
    for (const message of body.messages) {
      prefix = createHash("sha1").update(prefix)
        .update(JSON.stringify(message)).digest("hex");
      inCache &&= this.#seen.has(prefix);
      if (inCache) cached += messageTokens(message);
      this.#seen.add(prefix);
    }
    cached -= cached % BLOCK;
    this.queries += promptTokens(body);
    this.hits += cached;
    return cached;
  }
}

function failure(
  status: number,
  type: string,
  message: string,
  param: string | null,
): Refusal {
  return { status, body: { error: { message, type, param, code: status } } };
}

function messageTokens({ content }: Json): number {
  const parts = typeof content === "string"
    ? [{ type: "text", text: content }]
    : content;
  let tokens = 4;
  for (const part of parts) {
    if (part.type === "text") tokens += Math.ceil(part.text.length / 4);
    else {
      const size = sizeOf(part.image_url.url);
      if (size) {
        tokens += Math.round(size[0] / 32) * Math.round(size[1] / 32) + 2;
      }
    }
  }
  return tokens;
}

function imagesOf(body: Json): string[] {
  return body.messages.flatMap(({ content }: Json) =>
    Array.isArray(content)
      ? content.filter((part: Json) => part.type === "image_url")
        .map((part: Json) => part.image_url.url)
      : []
  );
}

/** Width and height of a PNG data URL, from its header. */
function sizeOf(url: string): [number, number] | undefined {
  const [head, base64 = ""] = url.split(",", 2) as [string, string?];
  if (head !== "data:image/png;base64") return undefined;
  const bytes = Uint8Array.from(
    atob(base64.slice(0, 32)),
    (c) => c.charCodeAt(0),
  );
  const view = new DataView(bytes.buffer);
  if (bytes.length < 24 || view.getUint32(0) !== 0x89504e47) return undefined;
  return [view.getUint32(16), view.getUint32(20)];
}

/** What xgrammar rejects, and what it only pretends to take. */
function unsupported(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  const keys = Object.keys(schema);
  const has = (...names: string[]): boolean =>
    names.some((name) => keys.includes(name));
  return has("oneOf", "not", "multipleOf", "uniqueItems", "contains") ||
    has("pattern", "format") && has("minLength", "maxLength") ||
    Object.values(schema).some(unsupported);
}
