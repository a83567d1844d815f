/**
 * The searches that the server still knows, the newest first.
 *
 * @module
 */

import { requestJson } from "./connection.js";
import { byId, make, setText } from "./element.js";
import { ago, summaryStanding } from "./words.js";

/** @import { SessionView } from "../schemas.ts" */

/** Milliseconds between two looks at the list while the page is seen. */
const interval = 5_000;

/** At most so many are shown. */
const most = 30;

export class SessionList {
  #list = byId("sessions");
  /** @type {Map<string, ReturnType<typeof makeRow>>} */
  #rows = new Map();
  #currentId = "";

  constructor() {
    setInterval(() => {
      if (!document.hidden) void this.refresh();
    }, interval);
  }

  /**
   * Marks the one that is shown.
   *
   * @param {string} id Empty for none.
   */
  setCurrent(id) {
    this.#currentId = id;
    this.#mark();
  }

  /** Asks the server. What it does not answer is told elsewhere. */
  async refresh() {
    /** @type {{ sessions: SessionView[] } | undefined} */
    const answer = await requestJson("sessions").catch(() => undefined);
    if (answer === undefined) return;
    const views = answer.sessions.toReversed().slice(0, most);
    byId("no-sessions").hidden = views.length > 0;
    const known = new Set(views.map(({ session_id }) => session_id));
    for (const [id, { item }] of this.#rows) {
      if (known.has(id)) continue;
      item.remove();
      this.#rows.delete(id);
    }
    views.forEach((view, index) => {
      let row = this.#rows.get(view.session_id);
      if (row === undefined) {
        row = makeRow(view);
        this.#rows.set(view.session_id, row);
      }
      const standing = summaryStanding(view);
      row.dot.dataset.tone = standing.tone;
      setText(row.when, ago(view.created_at, Date.now()));
      setText(row.standing, standing.text);
      if (this.#list.children[index] !== row.item) {
        this.#list.insertBefore(row.item, this.#list.children[index] ?? null);
      }
    });
    this.#mark();
  }

  #mark() {
    for (const [id, { link }] of this.#rows) {
      if (id === this.#currentId) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
}

/** @param {SessionView} view */
function makeRow({ session_id, query }) {
  const dot = make("span", { class: "dot" });
  const when = make("span", { class: "when" });
  const standing = make("span", { class: "visually-hidden" });
  const link = make("a", { href: `#/sessions/${session_id}`, title: query }, [
    dot,
    make("span", { class: "query" }, [query]),
    when,
    standing,
  ]);
  return { item: make("li", {}, [link]), link, dot, when, standing };
}
