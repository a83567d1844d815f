/**
 * Puts a reply, or a fault, on the wire.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { type FakeReply, type FakeRequest, replyText } from "./script.ts";

/** Counts of one completion. */
export interface FakeUsage {
  readonly prompt: number;
  readonly cached: number;
}

/** A reply on its way. */
export interface Delivery {
  readonly request: FakeRequest;
  readonly reply: FakeReply;
  readonly usage: FakeUsage;
  /** When the request's first byte came, by `performance.now()`: latency counts from there. */
  readonly arrivedAt: number;
  /** The connection has served before. */
  readonly reused: boolean;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
}

/** Sends `delivery` as `response` to `incoming`; returns early if the client leaves. */
export async function deliver(
  incoming: IncomingMessage,
  response: ServerResponse,
  { request, reply, usage, arrivedAt, reused, signal }: Delivery,
): Promise<void> {
  const { fault, headers = {} } = reply;
  const reset = (): void => {
    incoming.socket.resetAndDestroy();
  };
  await pause(
    arrivedAt + (reply.latencyMs ?? 0) - performance.now(),
    signal,
  );
  if (signal.aborted) return;
  if (fault === "reset" || fault === "reset-if-reused" && reused) {
    return reset();
  }
  if (fault === "never") return await left(signal);
  if (reply.status !== undefined) {
    const body = reply.error ??
      { error: { message: "made to fail", type: "InternalServerError" } };
    response.writeHead(reply.status, {
      "content-type": "application/json",
      ...headers,
    });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
    return;
  }
  const limit = 4 * (request.body.max_completion_tokens ??
    request.body.max_tokens ?? 16);
  const whole = replyText(reply, request);
  const text = whole?.slice(0, limit) ?? null;
  const finish = reply.finish ??
    ((whole?.length ?? 0) > limit ? "length" : "stop");
  const completion = Math.ceil((text?.length ?? 0) / 4);
  const counts = reply.usage ?? {
    prompt_tokens: usage.prompt,
    completion_tokens: completion,
    total_tokens: usage.prompt + completion,
    prompt_tokens_details: { cached_tokens: usage.cached },
  };
  const envelope = {
    id: `chatcmpl-${request.index}`,
    created: 0,
    model: request.body.model,
  };
  if (!request.body.stream || reply.unstreamed) {
    response.writeHead(200, { "content-type": "application/json", ...headers });
    const message = {
      role: "assistant",
      content: text,
      reasoning: reply.reasoning ?? null,
    };
    response.end(JSON.stringify({
      ...envelope,
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason: finish }],
      usage: counts,
    }));
    return;
  }
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    ...headers,
  });
  const send = (data: unknown): void => {
    if (!signal.aborted) response.write(`data: ${JSON.stringify(data)}\n\n`);
  };
  const chunk = (delta: unknown, finishReason: string | null = null): void =>
    send({
      ...envelope,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    });
  if (fault === "silent") {
    response.flushHeaders();
    return await left(signal);
  }
  chunk({ role: "assistant", content: "" });
  if (reply.reasoning !== undefined) chunk({ reasoning: reply.reasoning });
  if (reply.reasoningContent !== undefined) {
    chunk({ reasoning_content: reply.reasoningContent });
  }
  const size = reply.chunkSize ?? 16;
  const pieces = (text ?? "").match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
  const broken = fault === "reset-mid" || fault === "error-mid" ||
    fault === "stall" || fault === "blanks" || fault === "end-early";
  for (const content of broken ? pieces.slice(0, 2) : pieces) {
    chunk({ content });
    await pause(reply.chunkMs ?? 0, signal);
    if (signal.aborted) return;
  }
  switch (fault) {
    case "reset-mid":
      await pause(20, signal); // lets the chunks leave first
      return reset();
    case "error-mid":
      send(
        reply.error ??
          { error: { message: "engine died", type: "InternalServerError" } },
      );
      response.end("data: [DONE]\n\n");
      return;
    case "stall":
      return await left(signal);
    case "end-early":
      response.end();
      return;
    case "blanks":
      while (!signal.aborted) {
        chunk({ content: "\n\t  " });
        await pause(2, signal);
      }
      return;
  }
  if (!reply.noFinish) chunk({}, finish);
  if (request.body.stream_options?.include_usage && !reply.noUsage) {
    send({
      ...envelope,
      object: "chat.completion.chunk",
      choices: [],
      usage: counts,
    });
  }
  if (fault === "stays-open") return await left(signal);
  response.end("data: [DONE]\n\n");
}

/** Resolves after `milliseconds` or when `signal` aborts. */
export function pause(
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}

function left(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
