/**
 * The routes of sessions: how they are asked for, found and read.
 *
 * @module
 */

import { wrapDegrees } from "../geometry/pose.ts";
import { UnknownEventIdError } from "../events/log.ts";
import type { AppOptions, RouteContext } from "./app_options.ts";
import { maxBodyBytes } from "./limits.ts";
import { BodyIncompleteError, BodyTooLargeError } from "./listener/body.ts";
import { refusal, refuseInvalid } from "./refusal.ts";
import { startBody } from "./schemas.ts";
import {
  type ServedSession,
  type SessionBook,
  SessionRefusedError,
} from "./session_book.ts";

/** POST /stream_agents: a run that belongs to the request. */
export async function streamAgents(
  context: RouteContext,
  options: AppOptions,
): Promise<Response> {
  const session = await createSession(context, options);
  if (session instanceof Response) return session;
  const { left } = context.env.exchange;
  const stop = async (): Promise<void> => {
    try {
      await session.stop();
    } catch (error) {
      options.onError(error);
    }
  };
  if (left.aborted) await stop();
  left.addEventListener("abort", stop);
  return await streamSession(context, session, options);
}

/** A session as the body asks for it, or why there is none. */
export async function createSession(
  context: RouteContext,
  { sessions, defaults, metrics }: AppOptions,
): Promise<ServedSession | Response> {
  const type = context.req.header("Content-Type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return refusal(
      context,
      415,
      `Cannot read the body as its Content-Type must be application/json: ${
        type === "" ? "there is none" : `it is ${type.slice(0, 60)}`
      }`,
    );
  }
  const body = await readJson(context);
  if (body instanceof Response) return body;
  const parsed = startBody.safeParse(body.value);
  if (!parsed.success) return refuseInvalid(context, parsed.error);
  const { query, start_x, start_y, start_z, start_yaw, ...rest } = parsed.data;
  try {
    const session = await sessions.create({
      query,
      start: {
        x: start_x ?? defaults.start.x,
        y: start_y ?? defaults.start.y,
        z: start_z ?? defaults.start.z,
        yaw: wrapDegrees(start_yaw ?? defaults.start.yaw),
      },
      numAgents: rest.num_agents ?? defaults.numAgents,
      maxSteps: rest.max_steps ?? defaults.maxSteps,
      seed: defaults.seed,
    });
    context.env.exchange.sessionId = session.id;
    return session;
  } catch (error) {
    if (!(error instanceof SessionRefusedError)) throw error;
    metrics.errors.add({ kind: "refused" });
    return refusal(context, error.unavailable ? 503 : 429, error.message);
  }
}

/** The body's JSON, wrapped, or why there is none. */
async function readJson(
  context: RouteContext,
): Promise<{ value: unknown } | Response> {
  try {
    const bytes = await context.env.exchange.readBody(maxBodyBytes);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof BodyTooLargeError) {
      return refusal(context, 413, error.message);
    }
    if (error instanceof BodyIncompleteError) {
      return refusal(context, 408, error.message);
    }
    return refusal(
      context,
      400,
      'Cannot read the body as it must be JSON in UTF-8, such as {"query": "the red chair"}',
    );
  }
}

/** SSE from the start, or from behind Last-Event-ID; then live. */
export async function streamSession(
  context: RouteContext,
  session: ServedSession,
  { sessions, metrics }: Pick<AppOptions, "sessions" | "metrics">,
): Promise<Response> {
  const { exchange } = context.env;
  const log = await session.openLog();
  // Nobody would count it out again.
  if (exchange.left.aborted) {
    return refusal(context, 408, "The client has left");
  }
  let position = 0;
  const lastId = context.req.header("Last-Event-ID");
  if (lastId && context.req.method === "GET") {
    try {
      position = log.positionAfter(lastId);
    } catch (error) {
      if (!(error instanceof UnknownEventIdError)) throw error;
      return refusal(
        context,
        410,
        "This event id is of another life of the log: read from the start",
      );
    }
    // 204 tells EventSource not to come back.
    if (log.ended && position === log.size) return context.body(null, 204);
  }
  if (!sessions.enter(session, exchange.address)) {
    metrics.errors.add({ kind: "refused" });
    return refusal(
      context,
      429,
      "Too many readers of this session, or from this address: come back when some have left",
    );
  }
  exchange.left.addEventListener(
    "abort",
    () => sessions.leave(session, exchange.address),
  );
  exchange.streamLog(log, position);
  return context.body(null, 200, {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "Session-Id": session.id,
  });
}

/** The session that the path names, if there is one. */
export async function findSession(
  context: RouteContext,
  sessions: SessionBook,
): Promise<ServedSession | undefined> {
  const session = await sessions.find(context.req.param("id") ?? "");
  context.env.exchange.sessionId = session?.id;
  return session;
}

/** Says that the session which the path names is not there. */
export function refuseSession(
  context: RouteContext,
  sessions: SessionBook,
): Response {
  return sessions.isExpired(context.req.param("id") ?? "")
    ? refusal(
      context,
      410,
      "This session has expired: its events can be read for a while after its end (--session-ttl)",
    )
    : refusal(
      context,
      404,
      "There is no such session: GET /sessions lists those that can be read",
    );
}
