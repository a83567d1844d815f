/**
 * The page: plain files, embedded as text, so that the bare program and the
 * compiled one serve them without reading any.
 *
 * @module
 */

import type { Context, Hono } from "@hono/hono";
import { createHash } from "node:crypto";
import agentCards from "./ui/agent_cards.js" with { type: "text" };
import agentStyle from "./ui/agent_style.js" with { type: "text" };
import app from "./ui/app.js" with { type: "text" };
import askForm from "./ui/ask_form.js" with { type: "text" };
import connection from "./ui/connection.js" with { type: "text" };
import element from "./ui/element.js" with { type: "text" };
import follow from "./ui/follow.js" with { type: "text" };
import floorSeen from "../results/floor_seen.js" with { type: "text" };
import placeIn from "../results/place_in.js" with { type: "text" };
import icon from "./ui/icon.svg" with { type: "text" };
import index from "./ui/index.html" with { type: "text" };
import keepReport from "./ui/keep_report.js" with { type: "text" };
import mapDrawing from "./ui/map_drawing.js" with { type: "text" };
import mapFrame from "./ui/map_frame.js" with { type: "text" };
import mapView from "./ui/map_view.js" with { type: "text" };
import modes from "./ui/modes.js" with { type: "text" };
import pageStyle from "./ui/page.css" with { type: "text" };
import partsStyle from "./ui/parts.css" with { type: "text" };
import peek from "./ui/peek.js" with { type: "text" };
import pictures from "./ui/pictures.js" with { type: "text" };
import place from "./ui/place.js" with { type: "text" };
import preview from "./ui/preview.js" with { type: "text" };
import route from "./ui/route.js" with { type: "text" };
import seenFloor from "./ui/seen_floor.js" with { type: "text" };
import seenGround from "./ui/seen_ground.js" with { type: "text" };
import seenMask from "./ui/seen_mask.js" with { type: "text" };
import sessionList from "./ui/session_list.js" with { type: "text" };
import sessionState from "./ui/session_state.js" with { type: "text" };
import sseParser from "./ui/sse_parser.js" with { type: "text" };
import stepList from "./ui/step_list.js" with { type: "text" };
import theme from "./ui/theme.js" with { type: "text" };
import streamTurn from "./ui/stream_turn.js" with { type: "text" };
import themeStyle from "./ui/theme.css" with { type: "text" };
import timeline from "./ui/timeline.js" with { type: "text" };
import tokenDialog from "./ui/token_dialog.js" with { type: "text" };
import viewport from "./ui/viewport.js" with { type: "text" };
import walk from "./ui/walk.js" with { type: "text" };
import watch from "./ui/watch.js" with { type: "text" };
import watchView from "./ui/watch_view.js" with { type: "text" };
import words from "./ui/words.js" with { type: "text" };
import { linkModules } from "./link_modules.ts";
import { refusal } from "./refusal.ts";

/** The page's style, within it: it is there when the first word is. */
const style = themeStyle + pageStyle + partsStyle;

/** What browsers may do with the page: run its own script, show pictures that it made, ask its own server. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'sha256-${digest(style, "base64")}'`,
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const modules: Readonly<Record<string, string>> = {
  "agent_cards.js": agentCards,
  "agent_style.js": agentStyle,
  "app.js": app,
  "ask_form.js": askForm,
  "connection.js": connection,
  "element.js": element,
  "keep_report.js": keepReport,
  "floor_seen.js": floorSeen,
  "follow.js": follow,
  "map_drawing.js": mapDrawing,
  "map_frame.js": mapFrame,
  "map_view.js": mapView,
  "modes.js": modes,
  "peek.js": peek,
  "pictures.js": pictures,
  "place.js": place,
  "place_in.js": placeIn,
  "preview.js": preview,
  "route.js": route,
  "seen_floor.js": seenFloor,
  "seen_ground.js": seenGround,
  "seen_mask.js": seenMask,
  "session_list.js": sessionList,
  "session_state.js": sessionState,
  "sse_parser.js": sseParser,
  "step_list.js": stepList,
  "stream_turn.js": streamTurn,
  "theme.js": theme,
  "timeline.js": timeline,
  "token_dialog.js": tokenDialog,
  "viewport.js": viewport,
  "walk.js": walk,
  "watch.js": watch,
  "watch_view.js": watchView,
  "words.js": words,
};

/** What is served, by name. */
const files: Readonly<Record<string, string>> = {
  "app.js": linkModules(modules, "app.js"),
  "icon.svg": icon,
  "index.html": index.replace(
    "<!-- style -->",
    () => `<style>${style}</style>`,
  ),
};

/** A file and what it is known by. */
interface Asset {
  readonly text: string;
  readonly type: string;
  readonly etag: string;
}

const assets = new Map(
  Object.entries(files).map(([name, text]): [string, Asset] => [name, {
    text,
    type: types[name.split(".").at(-1)!]!,
    etag: `"${digest(text, "hex").slice(0, 20)}"`,
  }]),
);

function digest(text: string, encoding: "hex" | "base64"): string {
  return createHash("sha256").update(text).digest(encoding);
}

/**
 * Whether a request is for the page itself. It is the same for everybody and
 * says nothing of this server, so it is shown before the token is given.
 */
export function isForPage(path: string, accept: string): boolean {
  return path.startsWith("/ui/") ||
    (path === "/" && accept.includes("text/html"));
}

/** Adds the page's routes. */
// deno-lint-ignore no-explicit-any
export function addPage(routes: Hono<any>): void {
  routes.get("/", (context) => send(context, "index.html"));
  routes.get(
    "/ui/:name",
    (context) => send(context, context.req.param("name")),
  );
}

function send(context: Context, name: string): Response {
  const asset = assets.get(name);
  if (asset === undefined) {
    return refusal(context, 404, "There is no such file");
  }
  const headers = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": contentSecurityPolicy,
    "Content-Type": asset.type,
    "ETag": asset.etag,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
  return context.req.header("If-None-Match") === asset.etag
    ? context.body(null, 304, headers)
    : context.body(asset.text, 200, headers);
}
