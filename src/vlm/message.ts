/**
 * Messages of a conversation, and their bytes on the wire.
 *
 * @module
 */

/** A picture for the model. */
export interface ChatImage {
  readonly png: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** One message; never changed once made, so that its bytes are the same in every request. */
export type ChatMessage =
  | { readonly role: "system" | "assistant"; readonly text: string }
  | {
    readonly role: "user";
    /** Sent before the text. */
    readonly images: readonly ChatImage[];
    readonly text: string;
  };

const encoder = new TextEncoder();
const HEAD = '{"messages":[';
/** Of a new conversation, bytes; doubled when it is full. */
const FIRST_CAPACITY = 1 << 20;

/** A conversation's bytes so far; grows at its end. */
class Conversation {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  /** Written bytes. */
  #length = 0;
  readonly #messages: ChatMessage[] = [];
  /** Index after each message. */
  readonly #ends: number[] = [];

  /** The body of a request; holds until the next one is made. */
  body(
    messages: readonly ChatMessage[],
    fields: Readonly<Record<string, unknown>>,
  ): Uint8Array<ArrayBuffer> {
    let known = 0;
    while (
      known < messages.length && this.#messages[known] === messages[known]
    ) known++;
    this.#messages.length = known;
    this.#ends.length = known;
    this.#length = this.#ends.at(-1) ?? 0;
    if (known === 0) this.#append(HEAD);
    for (const message of messages.slice(known)) {
      if (this.#messages.length > 0) this.#append(",");
      this.#appendMessage(message);
      this.#messages.push(message);
      this.#ends.push(this.#length);
    }
    this.#append(`],${JSON.stringify(fields).slice(1)}`); // without its brace
    return this.#bytes.subarray(0, this.#length);
  }

  #appendMessage(message: ChatMessage): void {
    const { role, text } = message;
    if (role !== "user" || message.images.length === 0) {
      this.#append(JSON.stringify({ role, content: text }));
      return;
    }
    this.#append(`{"role":"user","content":[`);
    for (const { png } of message.images) {
      this.#append(
        `{"type":"image_url","image_url":{"url":"data:image/png;base64,`,
      );
      this.#append(png.toBase64());
      this.#append('"}},');
    }
    this.#append(`${JSON.stringify({ type: "text", text })}]}`);
  }

  #append(text: string): void {
    for (let rest = text;;) {
      const free = this.#bytes.subarray(this.#length);
      const { read, written } = encoder.encodeInto(rest, free);
      this.#length += written;
      if (read === rest.length) return;
      rest = rest.slice(read);
      const more = new Uint8Array(2 * this.#bytes.length);
      more.set(this.#bytes);
      this.#bytes = more;
    }
  }
}

/** By their first message: each conversation has its own. */
const conversations = new WeakMap<ChatMessage, Conversation>();

/**
 * The body of a request: the messages, then its other `fields`. What has been
 * sent of a conversation is neither encoded nor copied again, and is the same
 * byte for byte, which is what prefix caches go by.
 *
 * @returns a view that the next body of the same conversation overwrites
 */
export function encodeBody(
  messages: readonly ChatMessage[],
  fields: Readonly<Record<string, unknown>>,
): Uint8Array<ArrayBuffer> {
  const [first] = messages;
  let conversation = first && conversations.get(first);
  if (conversation === undefined) {
    conversation = new Conversation();
    if (first !== undefined) conversations.set(first, conversation);
  }
  return conversation.body(messages, fields);
}
