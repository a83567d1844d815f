/**
 * A question about pictures that is answered by yes or no.
 *
 * @module
 */

import type { ChatReply, ChatSchema } from "./chat.ts";
import { jsonObjects, spokenText } from "./lenient_json.ts";

/** Short, as verification is asked for often and its reasons are rarely read. */
const MAX_REASONING = 300;

/** What the answer must look like; the reasons first, so that they come before the verdict. */
export const ANSWER_SCHEMA: ChatSchema = {
  name: "answer",
  schema: {
    type: "object",
    properties: {
      reasoning: { type: "string", maxLength: MAX_REASONING },
      answer: { type: "string", enum: ["yes", "no"] },
    },
    required: ["reasoning", "answer"],
    additionalProperties: false,
  },
};

/** Said before every question. */
export const ANSWER_INSTRUCTIONS =
  `You check what pictures show. Look closely, trust only what you see, and answer with one JSON object and nothing else: {"reasoning": "what you see, in one or two sentences", "answer": "yes" or "no"}.`;

/** The verdict. */
export interface Answer {
  /** `unreadable` if the model's replies could not be understood. */
  readonly answer: "yes" | "no" | "unreadable";
  /** In the model's words; the raw reply if unreadable. */
  readonly reasoning: string;
}

/** The verdict in `reply`, undefined if there is none. */
export function readAnswer(reply: ChatReply): Answer | undefined {
  const text = spokenText(reply);
  for (const { answer, reasoning } of jsonObjects(text)) {
    const verdict = typeof answer === "string"
      ? answer.trim().toLowerCase()
      : answer === true
      ? "yes"
      : answer === false
      ? "no"
      : undefined;
    if (verdict === "yes" || verdict === "no") {
      return {
        answer: verdict,
        reasoning: typeof reasoning === "string" ? bounded(reasoning) : "",
      };
    }
  }
  const [bare] = text.match(/^(yes|no)\b/i) ?? [];
  return bare === undefined ? undefined : {
    answer: bare.toLowerCase() as "yes" | "no",
    reasoning: bounded(text),
  };
}

/** Characters of a reply that are kept. */
const MAX_TEXT = 2000;

/** `text`, cut to a length that events can carry. */
export function bounded(text: string): string {
  return text.slice(0, MAX_TEXT).toWellFormed();
}
