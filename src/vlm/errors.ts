/**
 * What can go wrong with an endpoint, told apart by what helps.
 *
 * @module
 */

/** The agent cannot go on; the message names the cause and the mend, and holds no key. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
}

/** The server gave its answer up, and said so in its body. */
export class BrokenOffError extends Error {
  /** The body's `error`. */
  readonly error: unknown;

  /** @param error the body's */
  constructor(error: unknown) {
    super("the server broke off");
    this.error = error;
  }
}

/** The endpoint does not answer yet; it may be loading. */
export class NotReadyError extends EndpointError {}

/** No usable answer came before the step's deadline. */
export class StepTimeoutError extends EndpointError {}

/** The prompt is longer than the model's window, or holds more images than allowed. */
export class ContextOverflowError extends EndpointError {
  /** Images that a prompt may hold, if that was the limit. */
  readonly maxImages: number | undefined;

  /** @param options `maxImages` as the server says it */
  constructor(message: string, options: { maxImages?: number } = {}) {
    super(message);
    this.maxImages = options.maxImages;
  }
}

/** What a failed attempt means for the next one. */
export type Failure =
  /** Nothing helps. */
  | { readonly kind: "final"; readonly error: EndpointError }
  /** The request is too long. */
  | { readonly kind: "overflow"; readonly error: ContextOverflowError }
  /** Some field of the request is not understood; undefined if the server does not say which. */
  | {
    readonly kind: "refused";
    readonly field: string | undefined;
    readonly error: EndpointError;
  }
  /** May be over next time. */
  | {
    readonly kind: "passing";
    /** In words, without the address. */
    readonly cause: string;
    /** What the server asks to wait, milliseconds. */
    readonly retryAfter: number | undefined;
    /** The connection broke before any byte: an idle one that the server had closed. */
    readonly stale: boolean;
  };

/** What a failure is judged by. */
export interface FailureContext {
  /** As people know the endpoint. */
  readonly baseUrl: string;
  readonly model: string;
  /** Whether a key was sent. */
  readonly hasKey: boolean;
  /** Whether the endpoint has ever answered: then a refused connection may pass. */
  readonly hasAnswered: boolean;
  /** Takes keys out of a text. */
  readonly redact: (text: string) => string;
}

/** What an HTTP client throws, as far as it is looked at. */
interface Thrown {
  readonly message?: string;
  readonly cause?: unknown;
  readonly status?: number;
  readonly headers?: Headers;
  /** The body's `error`, or the body. */
  readonly error?: unknown;
  readonly param?: unknown;
  readonly code?: unknown;
}

/** Longest piece of a server's message that is quoted, characters. */
const QUOTE = 300;

/** Judges what an attempt threw. */
export function classifyFailure(
  thrown: unknown,
  context: FailureContext,
): Failure {
  if (thrown instanceof EndpointError) return { kind: "final", error: thrown };
  const fault = (thrown ?? {}) as Thrown;
  const said = quote(serverMessage(fault), context);
  const overflow = overflowOf(fault, said, context);
  if (overflow !== undefined) return overflow;
  const status = fault.status ?? refusalIn(fault.error);
  return status === undefined
    ? classifyConnection(fault, said, context)
    : classifyStatus(status, fault, { ...context, said });
}

/**
 * The status of an error event in a stream, if it says that the request was at
 * fault: the same again would be of no use.
 */
function refusalIn(error: unknown): number | undefined {
  const { code } = (error ?? {}) as Thrown;
  return code === 400 || code === 422 ? code : undefined;
}

function classifyConnection(
  fault: Thrown,
  said: string,
  context: FailureContext,
): Failure {
  const { baseUrl, hasAnswered } = context;
  const chain = messagesOf(fault).join(": ");
  const final = (cause: string, mend: string): Failure => ({
    kind: "final",
    error: new EndpointError(`Cannot reach ${baseUrl}: ${cause}. ${mend}`),
  });
  const passing = (cause: string, stale = false): Failure => ({
    kind: "passing",
    cause,
    retryAfter: undefined,
    stale,
  });
  if (fault.error !== undefined) { // an error event in a running stream
    return passing(`the server broke off: ${said}`);
  }
  if (/dns error|failed to lookup|ENOTFOUND/i.test(chain)) {
    return final("no such host", "Correct --base-url");
  }
  const [, blocked] = /requests to port (\d+) are blocked/i.exec(chain) ?? [];
  if (blocked !== undefined) {
    return final(
      `port ${blocked} is one of those that web clients refuse to ask`,
      "Serve the model on another port, such as 8000",
    );
  }
  if (/certificate|tls|ssl/i.test(chain) && /connect/i.test(chain)) {
    return final(
      "its TLS certificate is not accepted, or it speaks no TLS",
      "Correct --base-url (http or https), or trust the certificate with DENO_CERT",
    );
  }
  if (/NotCapable|Requires net access/i.test(chain)) {
    return final("no permission", "Run again with --allow-net");
  }
  if (/connection refused|ECONNREFUSED/i.test(chain)) {
    return hasAnswered ? passing("connection refused") : {
      kind: "final",
      error: new NotReadyError(
        `Cannot reach ${baseUrl}: connection refused. Start the server there (vllm serve MODEL), correct --base-url, or wait for a server that is loading with --wait 300`,
      ),
    };
  }
  const stale =
    /reset by peer|broken pipe|before message completed|connection closed|ECONNRESET|EPIPE/i
      .test(chain);
  return passing(
    stale ? "the connection broke" : quote(chain, context) || "no connection",
    stale,
  );
}

function classifyStatus(
  status: number,
  fault: Thrown,
  { said, baseUrl, model, hasKey }: FailureContext & { said: string },
): Failure {
  const words = said ? `${status}: ${said}` : String(status);
  const final = (message: string): Failure => ({
    kind: "final",
    error: new EndpointError(message),
  });
  if (/insufficient_quota|billing/i.test(`${fault.code} ${said}`)) {
    return final(`${baseUrl} has no quota left for this key (${words})`);
  }
  switch (status) {
    case 401:
    case 403:
      return final(
        hasKey
          ? `${baseUrl} refuses the API key (${words}). Set VLLM_API_KEY to a key that the server accepts`
          : `${baseUrl} asks for an API key (${words}). Set VLLM_API_KEY to the server's key`,
      );
    case 404:
      return final(
        /model/i.test(said)
          ? `${baseUrl} does not serve the model ${
            JSON.stringify(model)
          } (${words}). Name one that it lists with --model`
          : `${baseUrl} is no chat endpoint (${words}). Correct --base-url`,
      );
    case 413:
      return {
        kind: "overflow",
        error: new ContextOverflowError(
          `${baseUrl} refuses a request of this size (${words}). Make views smaller with --size, or raise the server's or its proxy's body limit`,
        ),
      };
    case 400:
    case 422: {
      const field = fieldIn(String(fault.param)) ?? fieldIn(said);
      if (field === undefined && /multi-?modal|vision|image/i.test(said)) {
        return final(
          `${baseUrl} does not take the pictures (${words}). Serve a vision-language model, such as Qwen/Qwen3-VL-8B-Instruct`,
        );
      }
      return {
        kind: "refused",
        field,
        error: new EndpointError(`${baseUrl} refuses the request (${words})`),
      };
    }
    case 408:
    case 409:
    case 425:
    case 429:
      break;
    default:
      if (status < 500 || status === 501) {
        return final(
          `${baseUrl} cannot answer (${words}). Check that --base-url leads to an OpenAI-compatible server`,
        );
      }
  }
  return {
    kind: "passing",
    cause: words,
    retryAfter: retryAfterOf(fault.headers),
    stale: false,
  };
}

/**
 * vLLM's three wordings of a prompt that is too long (and its mark, the
 * parameter `input_tokens`), others' words for it, and too many images.
 */
function overflowOf(
  { status = 400, param, code }: Thrown,
  said: string,
  { baseUrl }: FailureContext,
): Failure | undefined {
  if (status >= 500) return undefined;
  const images = said.match(/at most (\d+) image/i);
  const long = param === "input_tokens" || code === "context_length_exceeded" ||
    /maximum context length|maximum model length|max_model_len|context_length_exceeded|context size|too many tokens|exceeds? .{0,30}context/i
      .test(said);
  if (!images && !long) return undefined;
  const mend = images
    ? "Start it with a higher --limit-mm-per-prompt, or keep fewer images with --history last:1"
    : "Make views smaller with --size, or serve the model with a longer --max-model-len";
  return {
    kind: "overflow",
    error: new ContextOverflowError(
      `${baseUrl} finds the prompt too long (${said}). ${mend}`,
      images ? { maxImages: Number(images[1]) } : {},
    ),
  };
}

/** The request field that a refusal is about, by its words. */
function fieldIn(said: string): string | undefined {
  if (
    /response_format|json_schema|json schema|grammar|xgrammar|structured|guidance|outlines/i
      .test(said)
  ) return "response_format";
  return said.match(
    /\b(chat_template_kwargs|stream_options|max_completion_tokens|temperature|seed)\b/,
  )?.[0];
}

/** Seconds or a date -> milliseconds from now. */
function retryAfterOf(headers: Headers | undefined): number | undefined {
  const text = headers?.get("retry-after");
  if (text === null || text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** What the server says of itself: OpenAI's shape, vLLM's 401 (a bare string), or a page. */
function serverMessage(fault: Thrown): string {
  const { error } = fault;
  if (typeof error === "string") return error;
  if (typeof error === "object" && error !== null) {
    const { message, detail, error: inner } = error as Record<string, unknown>;
    for (const text of [message, detail, inner]) {
      if (typeof text === "string") return text;
    }
    if (typeof inner === "object") return serverMessage({ error: inner });
    return JSON.stringify(error);
  }
  if (fault.status === undefined) return "";
  // The client's own message: "502 <html>..." or "503 status code (no body)".
  return (fault.message ?? "").replace(/^\d+ /, "").replace(/<[^>]*>/g, " ");
}

function messagesOf(fault: Thrown): string[] {
  const messages: string[] = [];
  for (
    let at: Thrown | undefined = fault;
    at && messages.length < 6;
    at = at.cause as Thrown | undefined
  ) {
    const { name = "", message = "" } = at as Partial<Error>;
    messages.push(/^(Type)?Error$/.test(name) ? message : `${name} ${message}`);
  }
  return messages;
}

function quote(text: string, { redact }: FailureContext): string {
  return oneLine(redact(text));
}

/** `text` in one line, without control characters, cut to a readable length. */
export function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  const line = text.replace(/[\s\x00-\x1f\x7f-\x9f]+/g, " ").trim();
  return line.length > QUOTE
    ? `${line.slice(0, QUOTE).toWellFormed()}...`
    : line;
}
