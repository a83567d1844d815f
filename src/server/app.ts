/**
 * The routes.
 *
 * @module
 */

import { type Context, Hono } from "@hono/hono";
import type { Bounds } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import type { FloorPlan } from "../map/floor_plan.ts";
import type { VlmUsage } from "../vlm/usage.ts";
import { wrapDegrees } from "../geometry/pose.ts";
import { UnknownEventIdError } from "../events/log.ts";
import { corsGuard, hostGuard, tokenGuard } from "./guard.ts";
import { maxBodyBytes } from "./limits.ts";
import { BodyIncompleteError, BodyTooLargeError } from "./listener/body.ts";
import type { Exchange } from "./listener/exchange.ts";
import type { Metrics } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { addPage, isForPage } from "./page.ts";
import { refusal, refuseInvalid } from "./refusal.ts";
import type { RunRequest } from "../run.ts";
import {
  type AllowedMoves,
  imageQuery,
  type PlaceMap,
  startBody,
} from "./schemas.ts";
import {
  type ServedSession,
  type SessionBook,
  SessionRefusedError,
} from "./session_book.ts";
import { sessionReport } from "./session_report.ts";

/** What a request brings beside itself. */
export interface AppEnvironment {
  Bindings: { exchange: Exchange };
}

/** The place in world units, beside the keys of `inspect --json`. */
export interface SceneFacts {
  readonly file: string;
  readonly bounds: Bounds;
  readonly start: Pose;
  /** Degrees. */
  readonly fov: number;
  readonly [key: string]: unknown;
}

/** What the routes stand on. */
export interface AppOptions {
  readonly sessions: SessionBook;
  readonly metrics: Metrics;
  /** What a request that leaves fields out gets. */
  readonly defaults: Omit<RunRequest, "query">;
  /** Answer of GET /scene. */
  readonly scene: () => Promise<SceneFacts>;
  /** What the model has cost a session; none without one, or if nobody remembers. */
  readonly usage: (sessionId: string) => VlmUsage | undefined;
  /** A PNG of what is seen from a pose; throws the signal's reason if aborted. */
  readonly look: (pose: Pose, signal: AbortSignal) => Promise<Uint8Array>;
  /** The scene from above. */
  readonly map: () => Promise<PlaceMap>;
  /** The floor that can be reached from the start; none where it cannot be told. */
  readonly floor: () => Promise<FloorPlan | undefined>;
  /** Corners of the ground that is seen from a pose, world metres. */
  readonly visibleGround: (
    pose: Pose,
    signal: AbortSignal,
  ) => Promise<readonly (readonly [number, number])[]>;
  /** Moves that stay where an agent can be. */
  readonly allowedMoves: (pose: Pose) => AllowedMoves;
  /** What must be there for a run, by name: `ok`, or what is wrong. */
  readonly checks: () => Promise<Record<string, string>>;
  /** Names that clients may use for this server. */
  readonly allowedHosts: readonly string[];
  /** `*`, or the one origin that browsers may come from. */
  readonly corsOrigin: string;
  /** What clients must show; absent, nothing. */
  readonly token?: string | undefined;
  /** Told of what a route threw. */
  readonly onError: (error: unknown) => void;
}

type RouteContext = Context<AppEnvironment>;

/** Paths and their methods, for 405. */
const methodsByPath: readonly (readonly [RegExp, string])[] = [
  [/^\/$/, "GET, HEAD, POST, OPTIONS"],
  [/^\/stream_agents$/, "POST, OPTIONS"],
  [/^\/sessions$/, "GET, HEAD, POST, OPTIONS"],
  [/^\/sessions\/[^/]+$/, "GET, HEAD, DELETE, OPTIONS"],
  [/^\/sessions\/[^/]+\/(stream|report)$/, "GET, HEAD, OPTIONS"],
  [
    /^\/(ui\/[^/]+|getImage|map|floor|visible|scene|health|ready|metrics|openapi\.json)$/,
    "GET, HEAD, OPTIONS",
  ],
];

/** The application, to be called with `{ exchange }` as its environment. */
export function createApp(options: AppOptions): Hono<AppEnvironment> {
  const { sessions, metrics } = options;
  const app = new Hono<AppEnvironment>();
  app.use(hostGuard(options.allowedHosts));
  app.use(corsGuard(options.corsOrigin));
  if (options.token !== undefined) {
    app.use(tokenGuard(options.token, isForPage));
  }

  addPage(app);
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get("/ready", async (c) => {
    const checks = await options.checks();
    const ready = Object.values(checks).every((state) => state === "ok");
    return c.json(
      { status: ready ? "ready" : "unready", checks },
      ready ? 200 : 503,
    );
  });
  app.get("/metrics", (c) =>
    c.text(metrics.expose(), 200, {
      "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
    }));
  app.get("/openapi.json", (c) => c.json(openApiDocument));
  app.get("/scene", async (c) => c.json(await options.scene()));
  app.get("/getImage", (c) => getImage(c, options));
  app.get("/map", async (c) => c.json(await options.map()));
  app.get(
    "/floor",
    async (c) => c.json({ floor: await options.floor() ?? null }),
  );
  app.get("/visible", (c) => getVisible(c, options));

  app.post("/", (c) => streamAgents(c, options));
  app.post("/stream_agents", (c) => streamAgents(c, options));
  app.post("/sessions", async (c) => {
    const created = await createSession(c, options);
    return created instanceof Response
      ? created
      : c.json({ session_id: created.id });
  });
  app.get(
    "/sessions",
    (c) =>
      c.json({ sessions: sessions.list().map((session) => session.view()) }),
  );
  app.get("/sessions/:id", async (c) => {
    const session = await findSession(c, sessions);
    return session ? c.json(session.view()) : refuseSession(c, sessions);
  });
  app.delete("/sessions/:id", async (c) => {
    const session = await findSession(c, sessions);
    if (session === undefined) return refuseSession(c, sessions);
    await session.stop();
    return c.json(session.view(), 202);
  });
  app.get("/sessions/:id/stream", async (c) => {
    const session = await findSession(c, sessions);
    if (session === undefined) return refuseSession(c, sessions);
    return await streamSession(c, session, options);
  });

  app.get("/sessions/:id/report", async (c) => {
    const session = await findSession(c, sessions);
    if (session === undefined) return refuseSession(c, sessions);
    const { left } = c.env.exchange;
    return c.html(await sessionReport(session, options, left), 200, {
      "Cache-Control": "no-store",
    });
  });

  app.notFound((c) => {
    const [, methods] = methodsByPath.find(([path]) => path.test(c.req.path)) ??
      [];
    if (methods === undefined) return refusal(c, 404, "There is no such page: GET /openapi.json names all");
    c.header("Allow", methods);
    return refusal(c, 405, `This method is not known here: ${methods} are`);
  });
  app.onError((error, c) => {
    const { exchange } = c.env;
    if (exchange.left.aborted) return refusal(c, 408, "The client has left");
    if (error instanceof SessionRefusedError && error.unavailable) {
      metrics.errors.add({ kind: "refused" });
      return refusal(c, 503, error.message);
    }
    metrics.errors.add({ kind: "server" });
    options.onError(error);
    return refusal(c, 500, "Something went wrong here; the log says what");
  });
  return app;
}

/** POST /stream_agents: a run that belongs to the request. */
async function streamAgents(
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

async function createSession(
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
async function streamSession(
  context: RouteContext,
  session: ServedSession,
  { sessions, metrics }: Pick<AppOptions, "sessions" | "metrics">,
): Promise<Response> {
  const { exchange } = context.env;
  const log = await session.openLog();
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

async function getImage(
  context: RouteContext,
  { look, allowedMoves }: AppOptions,
): Promise<Response> {
  const query = imageQuery.safeParse(context.req.query());
  if (!query.success) return refuseInvalid(context, query.error);
  const pose = { ...query.data, yaw: wrapDegrees(query.data.yaw) };
  const png = await look(pose, context.env.exchange.left);
  return context.json({
    image: png.toBase64(),
    mimeType: "image/png",
    ...pose,
    allowed: allowedMoves(pose),
  });
}

/** The session that the path names, if there is one. */
async function findSession(
  context: RouteContext,
  sessions: SessionBook,
): Promise<ServedSession | undefined> {
  const session = await sessions.find(context.req.param("id") ?? "");
  context.env.exchange.sessionId = session?.id;
  return session;
}

async function getVisible(
  context: RouteContext,
  { visibleGround }: AppOptions,
): Promise<Response> {
  const query = imageQuery.safeParse(context.req.query());
  if (!query.success) return refuseInvalid(context, query.error);
  const pose = { ...query.data, yaw: wrapDegrees(query.data.yaw) };
  const polygon = await visibleGround(pose, context.env.exchange.left);
  return context.json({ polygon });
}

function refuseSession(context: RouteContext, sessions: SessionBook): Response {
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
