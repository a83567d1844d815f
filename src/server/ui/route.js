/**
 * What the address bar says: `#/`, `#/walk`, `#/sessions/<id>`, the latter
 * with a moment: `#/sessions/<id>#step=7&agent=1`. Pure.
 *
 * @module
 */

/**
 * A moment of a session: so many looks have been taken, that agent is shown.
 *
 * @typedef {object} Moment
 * @property {number | undefined} [step] Counts from 1; absent for the latest.
 * @property {number | undefined} [agent] Absent for the first, or the winner.
 */

/**
 * @typedef {{ mode: "ask" } | { mode: "walk" } | { mode: "watch", id: string | undefined, moment: Moment }} Route
 */

/**
 * Reads what stands behind the address. A moment alone, `#step=7`, is one of
 * the latest session, whose id is not known here.
 *
 * @param {string} hash
 * @returns {Route}
 */
export function readRoute(hash) {
  const [, path = "", rest = ""] = /^#?(\/[^#?&]*)?[#?&]?(.*)$/.exec(hash) ??
    [];
  const words = new URLSearchParams(rest.replaceAll(/[#?]/g, "&"));
  const step = count(words, "step");
  const agent = count(words, "agent");
  const moment = {
    ...(step === undefined ? {} : { step }),
    ...(agent === undefined ? {} : { agent }),
  };
  const [, id] = /^\/sessions\/([^/]+)\/?$/.exec(path) ?? [];
  if (id !== undefined) return { mode: "watch", id, moment };
  if (path === "/walk") return { mode: "walk" };
  return step === undefined
    ? { mode: "ask" }
    : { mode: "watch", id: undefined, moment };
}

/**
 * The address of a session's moment.
 *
 * @param {string} id
 * @param {Moment} moment
 */
export function sessionHash(id, { step, agent }) {
  const words = [
    ...(step === undefined ? [] : [`step=${step}`]),
    ...(agent === undefined ? [] : [`agent=${agent}`]),
  ];
  return `#/sessions/${id}${words.length > 0 ? `#${words.join("&")}` : ""}`;
}

/**
 * @param {URLSearchParams} words
 * @param {string} name
 */
function count(words, name) {
  const text = words.get(name) ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
