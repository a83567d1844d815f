/**
 * Request bodies: read whole, before the answer starts, within bounds of size
 * and time.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";

/** A body that is larger than allowed. */
export class BodyTooLargeError extends RangeError {
  override readonly name = "BodyTooLargeError";
}

/** A body that did not come in time, or whose sender left. */
export class BodyIncompleteError extends Error {
  override readonly name = "BodyIncompleteError";
}

/** Bounds of {@linkcode readBody}. */
export interface BodyBounds {
  /** Bytes. */
  readonly maxBytes: number;
  /** Milliseconds for the whole body. */
  readonly timeout: number;
}

/**
 * The whole body. Stops at the first byte too many, or at once if the length
 * is announced.
 *
 * @throws {BodyTooLargeError} If it is larger than `maxBytes`.
 * @throws {BodyIncompleteError} If it does not end in time.
 */
export function readBody(
  message: IncomingMessage,
  { maxBytes, timeout }: BodyBounds,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): BodyTooLargeError =>
    new BodyTooLargeError(
      `Cannot read the body as it must have at most ${maxBytes} bytes`,
    );
  if (Number(message.headers["content-length"] ?? 0) > maxBytes) {
    return Promise.reject(tooLarge());
  }
  const { promise, resolve, reject } = Promise.withResolvers<
    Uint8Array<ArrayBuffer>
  >();
  const parts: Uint8Array[] = [];
  let size = 0;
  const onData = (part: Uint8Array): void => {
    size += part.length;
    if (size > maxBytes) reject(tooLarge());
    else parts.push(part);
  };
  const onEnd = (): void => {
    const whole = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    resolve(whole);
  };
  const onClose = (): void =>
    reject(new BodyIncompleteError("Cannot read the body as its sender left"));
  const timer = setTimeout(() =>
    reject(
      new BodyIncompleteError(
        `Cannot read the body as it must come within ${timeout / 1000} s`,
      ),
    ), timeout);
  message.on("data", onData).on("end", onEnd).on("close", onClose);
  return promise.finally(() => {
    clearTimeout(timer);
    message.off("data", onData).off("end", onEnd).off("close", onClose);
    message.pause();
  });
}

/** Bytes of an unwanted body that are thrown away, so that its sender sees the answer. */
const discardBytes = 4 * 1024 * 1024;

/** Milliseconds for the same. */
const discardTime = 2_000;

/** Reads and forgets the rest of a body, briefly. */
export function discardBody(message: IncomingMessage): Promise<void> {
  if (message.readableEnded || message.destroyed) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  let size = 0;
  const timer = setTimeout(resolve, discardTime);
  message.on("data", (part: Uint8Array) => {
    size += part.length;
    if (size > discardBytes) resolve();
  }).on("end", resolve).on("close", resolve);
  message.resume();
  return promise.finally(() => {
    clearTimeout(timer);
    message.removeAllListeners("data");
    message.pause();
  });
}
