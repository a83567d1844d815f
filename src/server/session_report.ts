/**
 * GET /sessions/:id/report: the report of a session, also of one that goes on.
 *
 * @module
 */

import { reportHtml } from "../results/report.ts";
import { looksOf } from "../results/run_record.ts";
import type { AppOptions } from "./app_options.ts";
import type { ServedSession } from "./session_book.ts";

/** What a report is made with. */
export type ReportSource = Pick<
  AppOptions,
  "scene" | "map" | "floor" | "visibleGround" | "usage"
>;

/**
 * The page, which needs nothing else.
 *
 * @throws The signal's reason if aborted.
 * @throws {Error} If the session's log cannot be read.
 */
export async function sessionReport(
  session: ServedSession,
  { scene, map, floor, visibleGround, usage }: ReportSource,
  signal: AbortSignal,
): Promise<string> {
  const events = await session.events();
  const { file, bounds } = await scene();
  const place = await map().catch(() => undefined); // Without a renderer there is none.
  const plan = await floor().catch(() => undefined);
  const seen: (readonly (readonly [number, number])[])[] = [];
  if (place !== undefined) {
    for (const { pose } of looksOf({ events })) {
      signal.throwIfAborted();
      seen.push(await visibleGround(pose, signal));
    }
  }
  const { query, created_at } = session.header;
  const cost = usage(session.id);
  return await reportHtml({
    query,
    scene: file,
    bounds,
    startedAt: new Date(created_at),
    events,
    seen,
    ...(place === undefined ? {} : {
      map: {
        png: Uint8Array.fromBase64(place.image),
        area: { min: place.min, max: place.max },
      },
    }),
    ...(plan === undefined ? {} : { floor: plan }),
    ...(cost === undefined ? {} : { usage: cost }),
  });
}
