/**
 * The messages of a stream as they come. The client's own consumers wait for
 * ever for a server of NATS that is gone; these are made anew elsewhere.
 *
 * @module
 */

import type {
  ConsumerMessages,
  JsMsg,
  OrderedConsumerOptions,
} from "@nats-io/jetstream";
import type { Nats } from "./nats.ts";

/** Messages that are asked for at once: bytes wait in the client, not in a reader. */
const batch = 32;

/** Milliseconds after which the server forgets a consumer that nobody asks. */
const inactiveThreshold = 30_000;

/** Milliseconds between two signs of life of a stream that has nothing to tell. */
const idleHeartbeat = 2_000;

/** Milliseconds of silence after which the consumer counts as lost. */
const silence = 3 * idleHeartbeat;

/** Options of {@linkcode follow}. */
export interface FollowOptions {
  readonly stream: string;
  /** Which messages, and from where on. */
  readonly consumer: Partial<OrderedConsumerOptions>;
  readonly signal: AbortSignal;
  /** Asked every second whether it is no use to wait for more. */
  readonly isStuck?: () => boolean;
}

/** Follows until NATS goes away, falls silent, or the signal aborts: whoever wants more calls again. */
export async function* follow(
  { client }: Pick<Nats, "client">,
  { stream, consumer: options, signal, isStuck }: FollowOptions,
): AsyncGenerator<JsMsg, void> {
  let close = (): void => {};
  const onAbort = (): void => close();
  signal.addEventListener("abort", onAbort);
  let heard = performance.now();
  const timer = setInterval(() => {
    if (isStuck?.() || performance.now() - heard > silence) close();
  }, 1_000);
  try {
    const consumer = await client.consumers.get(stream, {
      inactive_threshold: inactiveThreshold,
      ...options,
    });
    const messages = await consumer.consume({
      max_messages: batch,
      idle_heartbeat: idleHeartbeat,
      expires: 10_000,
    });
    close = () => void messages.close();
    if (signal.aborted) close();
    heard = performance.now();
    void listen(messages, () => heard = performance.now());
    for await (const message of messages) {
      heard = performance.now();
      yield message;
    }
  } catch {
    // NATS is away, or has lost the stream: it is made anew by then.
  } finally {
    close();
    clearInterval(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Tells of each sign of life, until `messages` ends. */
async function listen(
  messages: ConsumerMessages,
  onHeard: () => void,
): Promise<void> {
  for await (const { type } of messages.status()) {
    if (type === "heartbeat" || type === "discard") onHeard();
  }
}
