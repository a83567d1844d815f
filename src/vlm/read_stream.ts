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
  readonly content?: string | null;
  /** vLLM's field for thinking since 0.11. */
  readonly reasoning?: string | null;
  /** The older one, and other servers'. */
  readonly reasoning_content?: string | null;
}

/** What a stream held. */
export interface StreamedReply {
  readonly text: string;
  readonly reasoning: string;
  /** The server's, or `blanks`; undefined if the stream ended without one. */
  readonly finish: string | undefined;
  readonly usage: StreamChunk["usage"];
}

/**
 * Blanks in a row at which an answer is given up: constrained decoding can
 * loop over JSON's insignificant whitespace for ever (vLLM issue 38696).
 */
export const MAX_BLANKS = 64;

/**
 * Reads `chunks`; leaving the loop early closes the connection, which is what
 * stops the server.
 *
 * @param onChunk told the characters so far, at each chunk
 */
export async function readStream(
  chunks: AsyncIterable<StreamChunk>,
  onChunk: (characters: number) => void,
): Promise<StreamedReply> {
  let text = "";
  let reasoning = "";
  let finish: string | undefined;
  let usage: StreamChunk["usage"];
  for await (const chunk of chunks) {
    const choice = chunk.choices?.[0];
    const piece = choice?.delta ?? choice?.message;
    text += piece?.content ?? "";
    reasoning += piece?.reasoning ?? piece?.reasoning_content ?? "";
    finish = choice?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
    onChunk(text.length + reasoning.length);
    if (endsInBlanks(text) || endsInBlanks(reasoning)) {
      finish = "blanks";
      break;
    }
  }
  return { text, reasoning, finish, usage };
}

function endsInBlanks(text: string): boolean {
  return text.length >= MAX_BLANKS &&
    text.slice(-MAX_BLANKS).trimStart() === "";
}
