/**
 * Who may talk to the server: a list of Host names against DNS rebinding, a
 * bearer token, and the origins that browsers may come from.
 *
 * @module
 */

import type { MiddlewareHandler } from "@hono/hono";
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { refusal } from "./refusal.ts";

/** Whether `hostname` can only be reached from this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Refuses names in the Host header that nobody gave to this server. Numeric
 * addresses pass, as no name service can turn them to somebody else's.
 */
export function hostGuard(allowed: readonly string[]): MiddlewareHandler {
  const names = new Set(["localhost", ...allowed.map((h) => h.toLowerCase())]);
  return async (context, next) => {
    const host = context.req.header("Host") ?? "";
    const [, bracketed, plain] =
      /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host) ?? [];
    const name = (bracketed ?? plain ?? "").toLowerCase();
    if (isIP(name) === 0 && !names.has(name)) {
      return refusal(
        context,
        403,
        "Cannot answer for this Host: --allowed-host names those that are served",
      );
    }
    return await next();
  };
}

/** Asks for `Authorization: Bearer <token>` on everything but /health and what `isOpen`, by path and Accept header. */
export function tokenGuard(
  token: string,
  isOpen: (path: string, accept: string) => boolean,
): MiddlewareHandler {
  const expected = digest(token);
  return async (context, next) => {
    const [, given = ""] =
      /^Bearer +(\S+) *$/i.exec(context.req.header("Authorization") ?? "") ??
        [];
    const matches = timingSafeEqual(digest(given), expected);
    const { path, method } = context.req;
    const open = path === "/health" || (method === "GET" &&
      isOpen(path, context.req.header("Accept") ?? ""));
    if (!matches && !open) {
      context.header("WWW-Authenticate", "Bearer");
      return refusal(
        context,
        401,
        "Cannot answer without the token: send it as Authorization: Bearer <token>",
      );
    }
    return await next();
  };
}

/** CORS as the front end needs it; `origin` narrows it from everybody to one. */
export function corsGuard(origin: string): MiddlewareHandler {
  return async (context, next) => {
    const from = context.req.header("Origin");
    context.header("Access-Control-Allow-Origin", origin);
    if (origin !== "*") context.header("Vary", "Origin");
    context.header(
      "Access-Control-Allow-Methods",
      "GET, POST, DELETE, OPTIONS",
    );
    context.header(
      "Access-Control-Allow-Headers",
      "Content-Type, Authorization, Last-Event-ID",
    );
    context.header("Access-Control-Expose-Headers", "Retry-After, Session-Id");
    context.header("Access-Control-Max-Age", "600");
    if (context.req.method === "OPTIONS") return context.body(null, 204);
    if (origin !== "*" && from !== undefined && from !== origin) {
      return refusal(
        context,
        403,
        "Cannot answer for this Origin: --cors-origin names the one that may ask",
      );
    }
    return await next();
  };
}

/** Both sides of a comparison get the same length, so that it takes the same time. */
function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
