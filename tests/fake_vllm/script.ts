/**
 * What the fake server says: one reply a request, chosen by the order of
 * requests, by agent and by step.
 *
 * @module
 */

/** A request's JSON: whatever the client sent. */
// deno-lint-ignore no-explicit-any
export type Json = any;

/** What a script sees of a request. */
export interface FakeRequest {
  /** Completions before this one, all agents together. */
  readonly index: number;
  /** From X-Request-Id (`...-agent-N-...`) or X-Agent-Id; 0 without either. */
  readonly agent: number;
  /** Completions of this agent before this one. */
  readonly turn: number;
  /** From the newest `Step s/n.`; -1 if it has none. */
  readonly step: number;
  /** From the newest `Position: ...`. */
  readonly pose: { x: number; y: number; z: number; yaw: number };
  /** `question` if the request is no step of an agent (a verification). */
  readonly kind: "step" | "question";
  /** The request as sent, data URLs included. */
  readonly body: Json;
}

/** One answer, or one way to fail; without any field, a valid move. */
export interface FakeReply {
  /** A valid reply of this kind. @default {"move"} */
  readonly behave?: "move" | "go" | "found" | "yes" | "no" | "garbage";
  /** The text itself, instead of `behave`; null is sent as null. */
  readonly content?: string | null;
  /** Thinking, in vLLM's field of today. */
  readonly reasoning?: string;
  /** Thinking, in the older field. */
  readonly reasoningContent?: string;
  /** @default {"stop"}, or `length` where the text is longer than was asked for. */
  readonly finish?: string;
  /** From the request's first byte to the reply's. @default {0} */
  readonly latencyMs?: number;
  /** Between chunks. @default {0} */
  readonly chunkMs?: number;
  /** Characters a chunk. @default {16} */
  readonly chunkSize?: number;
  /** Answers with this status and `error` as body. */
  readonly status?: number;
  /** Body with `status`, or payload of `error-mid`. */
  readonly error?: unknown;
  /** Further headers. */
  readonly headers?: Record<string, string>;
  /** Sends no usage chunk. */
  readonly noUsage?: boolean;
  /** Sends this for its counts. */
  readonly usage?: unknown;
  /** Ends the stream by `[DONE]` alone. */
  readonly noFinish?: boolean;
  /** Sends a plain completion although a stream was asked for. */
  readonly unstreamed?: boolean;
  /**
   * `reset`: RST before the first byte. `reset-if-reused`: the same, on a
   * connection that has served before. `reset-mid`: RST after some chunks.
   * `error-mid`: `data: {"error"}` after some chunks. `never`: no byte at
   * all. `silent`: head, then nothing. `stall`: some chunks, then nothing.
   * `blanks`: a whitespace loop without end. `end-early`: the stream ends
   * without a finish reason. `stays-open`: all but the end of the stream.
   */
  readonly fault?:
    | "reset"
    | "reset-if-reused"
    | "reset-mid"
    | "error-mid"
    | "never"
    | "silent"
    | "stall"
    | "blanks"
    | "end-early"
    | "stays-open";
}

/** Replies as data: `first` in order of arrival, then `agents`, then `otherwise`. */
export interface FakeScript {
  /** Replies to the first requests of all, in order of arrival. */
  readonly first?: readonly FakeReply[];
  /** Replies to the first requests of one agent, by its number. */
  readonly agents?: Readonly<Record<string, readonly FakeReply[]>>;
  /** Who finds it: any agent, or one, at this step and later. */
  readonly found?: { readonly step: number; readonly agent?: number };
  /** Replies to questions. @default {{ behave: "yes" }} */
  readonly questions?: FakeReply;
  /** Every other reply. @default {{ behave: "move" }} */
  readonly otherwise?: FakeReply;
}

/** A script in code: the default export of a file given to `--script`. */
export type FakeScriptFunction = (
  request: FakeRequest,
) => FakeReply | Promise<FakeReply>;

/** Chooses the reply to `request` by `script`. */
export function chooseReply(
  script: FakeScript,
  request: FakeRequest,
): FakeReply {
  const scripted = script.first?.[request.index] ??
    script.agents?.[request.agent]?.[request.turn];
  if (scripted !== undefined) return scripted;
  if (request.kind === "question") return script.questions ?? { behave: "yes" };
  const { found, otherwise = {} } = script;
  if (
    found !== undefined && request.step >= found.step &&
    (found.agent ?? request.agent) === request.agent
  ) return { ...otherwise, behave: "found" };
  return otherwise;
}

/**
 * Script by name: `move`, `garbage`, `found:STEP`, `found:STEP@AGENT`, or a
 * {@linkcode FakeScript} as JSON; undefined for anything else.
 */
export function namedScript(name: string): FakeScript | undefined {
  if (name.startsWith("{")) return JSON.parse(name);
  if (name === "move") return {};
  if (name === "garbage") return { otherwise: { behave: "garbage" } };
  const [, step, agent] = name.match(/^found:(\d+)(?:@(\d+))?$/) ?? [];
  if (step === undefined) return undefined;
  return {
    found: {
      step: Number(step),
      ...(agent === undefined ? {} : { agent: Number(agent) }),
    },
  };
}

/** The text of `reply` to `request`. */
export function replyText(
  reply: FakeReply,
  request: FakeRequest,
): string | null {
  if (reply.content !== undefined) return reply.content;
  const { pose, step } = request;
  const radians = pose.yaw * Math.PI / 180;
  switch (reply.behave ?? "move") {
    case "move":
      return JSON.stringify({
        reasoning: `Nothing at step ${step}; on.`,
        action: "move",
        x: round(pose.x + 0.5 * Math.cos(radians)),
        y: round(pose.y + 0.5 * Math.sin(radians)),
        z: round(pose.z),
        yaw: (pose.yaw + 40) % 360,
        description: "",
        box: [0, 0, 0, 0],
      });
    case "go":
      return JSON.stringify({
        reasoning: `Onwards from step ${step}.`,
        ...wayFor(request),
      });
    case "found":
      return JSON.stringify({
        reasoning: "There it is.",
        action: "found",
        ...pose,
        description: `The target, seen at step ${step}.`,
        box: [400, 400, 600, 600],
      });
    case "yes":
    case "no":
      return JSON.stringify({
        reasoning: "Looked again.",
        answer: reply.behave,
        box: [400, 400, 600, 600],
      });
    case "garbage":
      return "I would rather not say.";
  }
}

/** The first way that is unseen and that nobody takes; a turn where there is none. */
function wayFor(
  { body }: FakeRequest,
): { action: string; number: number; turn: number } {
  const { content } = body.messages.at(-1);
  const text: string = content.map((part: Json) => part.text ?? "").join("");
  const number = Number(text.match(/^(\d): .*, unseen$/m)?.[1] ?? 0);
  return number > 0
    ? { action: "go", number, turn: 0 }
    : { action: "turn", number: 0, turn: 90 };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
