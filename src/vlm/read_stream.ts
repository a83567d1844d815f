/**
 * A streamed answer, read to its end or cut where it leads nowhere.
 *
 * @module
 */

/** A chunk as vLLM and its kin send it; read with care, as servers differ. */
export interface StreamChunk {
  readonly choices?: readonly {
    readonly delta?: StreamText | null;
    /** In a plain completion. */
    readonly message?: StreamText | null;
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly completion_tokens?: number;
    readonly prompt_tokens_details?:
      | { readonly cached_tokens?: number | null }
      | null;
  } | null;
}

interface StreamText {
  /** Some servers send a list of parts. */
  readonly content?: string | null | readonly { readonly text?: unknown }[];
  /** vLLM's field for thinking since 0.11. */
  readonly reasoning?: string | null;
  /** The older one, and other servers'. */
  readonly reasoning_content?: string | null;
}

/** What a stream held. */
export interface StreamedReply {
  readonly text: string;
  readonly reasoning: string;
  /** The server's, `blanks` or `endless`; undefined if the stream ended without one. */
  readonly finish: string | undefined;
  readonly usage: StreamChunk["usage"];
}

/**
 * Blanks in a row at which an answer is given up: constrained decoding can
 * loop over JSON's insignificant whitespace for ever (vLLM issue 38696).
 */
export const MAX_BLANKS = 64;

/** Characters at which an answer is given up: far more than any was allowed tokens for. */
const MAX_CHARACTERS = 200_000;

/** How far a stream has come. */
export interface StreamProgress {
  readonly characters: number;
  /** Whether the finish reason is there: only counts may follow. */
  readonly finished: boolean;
}

/**
 * Reads `chunks`; leaving the loop early closes the connection, which is what
 * stops the server.
 *
 * @param onChunk told at each chunk
 */
export async function readStream(
  chunks: AsyncIterable<StreamChunk>,
  onChunk: (progress: StreamProgress) => void,
): Promise<StreamedReply> {
  let text = "";
  let reasoning = "";
  let finish: string | undefined;
  let usage: StreamChunk["usage"];
  for await (const chunk of chunks) {
    const choice = chunk?.choices?.[0];
    const piece = choice?.delta ?? choice?.message;
    text += contentOf(piece);
    // One of both: some versions send the same in both fields.
    reasoning += piece?.reasoning || piece?.reasoning_content || "";
    finish = choice?.finish_reason ?? finish;
    usage = chunk?.usage ?? usage;
    const characters = text.length + reasoning.length;
    onChunk({ characters, finished: finish !== undefined });
    if (endsInBlanks(text) || endsInBlanks(reasoning)) {
      finish = "blanks";
      break;
    }
    if (characters > MAX_CHARACTERS) {
      finish = "endless";
      break;
    }
  }
  return { text, reasoning, finish, usage };
}

function contentOf(piece: StreamText | null | undefined): string {
  const { content } = piece ?? {};
  return Array.isArray(content)
    ? content.map(({ text }) => typeof text === "string" ? text : "").join("")
    : typeof content === "string"
    ? content
    : "";
}

function endsInBlanks(text: string): boolean {
  return text.length >= MAX_BLANKS &&
    text.slice(-MAX_BLANKS).trimStart() === "";
}
