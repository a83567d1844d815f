/**
 * Refusals: JSON that says what is wrong.
 *
 * @module
 */

import type { Context } from "@hono/hono";
import type { z } from "zod";

/** Statuses of refusals. */
export type RefusalStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 408
  | 410
  | 413
  | 415
  | 429
  | 500
  | 503;

/** Seconds after which a refused client may ask again. */
const retryAfterSeconds = "5";

/** `{"error": {"message"}}` with `status`. */
export function refusal(
  context: Context,
  status: RefusalStatus,
  message: string,
): Response {
  if (status === 429 || status === 503) {
    context.header("Retry-After", retryAfterSeconds);
  }
  return context.json({ error: { message } }, status);
}

/** 400 with what is wrong, field by field. */
export function refuseInvalid(context: Context, error: z.ZodError): Response {
  const issues = error.issues.map(({ path, message }) => ({
    path: path.map(String).join("."),
    message,
  }));
  const [first] = issues;
  const where = first?.path ? `${first.path}: ` : "The request's value ";
  return context.json({
    error: { message: `${where}${first?.message}`, issues },
  }, 400);
}
