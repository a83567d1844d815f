/**
 * The report of a session as a file to keep.
 *
 * @module
 */

import { request } from "./connection.js";
import { byId, make, setText } from "./element.js";

/** Milliseconds that a button says how it went. */
const told = 4_000;

/**
 * Downloads the report of session `id`; the button says if that fails.
 *
 * @param {string} id
 */
export async function keepReport(id) {
  const button = byId("keep-report");
  const label = button.textContent ?? "";
  try {
    const answer = await request(`sessions/${id}/report`);
    const url = URL.createObjectURL(await answer.blob());
    make("a", { href: url, download: `splatscout-${id}.html` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    setText(button, error instanceof Error ? error.message : String(error));
    setTimeout(() => setText(button, label), told);
  }
}
