/**
 * The routes.
 *
 * @module
 */

import { Hono } from "@hono/hono";
import { wrapDegrees } from "../geometry/pose.ts";
import type {
  AppEnvironment,
  AppOptions,
  RouteContext,
} from "./app_options.ts";
import { corsGuard, hostGuard, tokenGuard } from "./guard.ts";
import { openApiDocument } from "./openapi.ts";
import { addPage, isForPage } from "./page.ts";
import { refusal, refuseInvalid } from "./refusal.ts";
import { imageQuery } from "./schemas.ts";
import { SessionRefusedError } from "./session_book.ts";
import { sessionReport } from "./session_report.ts";
import {
  createSession,
  findSession,
  refuseSession,
  streamAgents,
  streamSession,
} from "./session_routes.ts";

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
  app.get("/map", async (c) => {
    const map = await options.map();
    return map ? c.json(map) : refusal(c, 404, "The recording has no map");
  });
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
    if (methods === undefined) {
      return refusal(
        c,
        404,
        "There is no such page: GET /openapi.json names all",
      );
    }
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
