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
const encoded = new WeakMap<ChatMessage, Uint8Array>();

/**
 * `message` as JSON in UTF-8, made once a message: a long history costs a copy
 * a turn, and is the same byte for byte, which is what prefix caches go by.
 */
export function encodeMessage(message: ChatMessage): Uint8Array {
  let bytes = encoded.get(message);
  if (bytes === undefined) {
    bytes = encoder.encode(JSON.stringify(wireMessage(message)));
    encoded.set(message, bytes);
  }
  return bytes;
}

/** The body of a request: the messages, then its other `fields`. */
export function encodeBody(
  messages: readonly ChatMessage[],
  fields: Readonly<Record<string, unknown>>,
): Uint8Array<ArrayBuffer> {
  const tail = JSON.stringify(fields).slice(1); // without its opening brace
  const parts: Uint8Array[] = [encoder.encode('{"messages":[')];
  messages.forEach((message, index) => {
    if (index > 0) parts.push(COMMA);
    parts.push(encodeMessage(message));
  });
  parts.push(encoder.encode(`],${tail}`));
  const body = new Uint8Array(
    parts.reduce((length, part) => length + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

const COMMA = encoder.encode(",");

function wireMessage(message: ChatMessage): unknown {
  const { role, text } = message;
  if (role !== "user" || message.images.length === 0) {
    return { role, content: text };
  }
  const images = message.images.map(({ png }) => ({
    type: "image_url",
    image_url: { url: `data:image/png;base64,${png.toBase64()}` },
  }));
  return { role, content: [...images, { type: "text", text }] };
}
