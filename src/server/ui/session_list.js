/**
 * The searches that the server still knows, the newest first.
 *
 * @module
 */

import { requestJson } from "./connection.js";
import { byId, make, setText } from "./element.js";
import { ago, summaryStanding } from "./words.js";

/** @import { SessionView } from "../schemas.ts" */
/** @import { Standing } from "./words.js" */

/** Milliseconds between two looks at the list while the page is seen: while something runs, and else. */
const interval = { busy: 2_000, calm: 5_000 };

/** At most so many are shown. */
const most = 30;

export class SessionList {
  #list = byId("sessions");
  /** @type {Map<string, ReturnType<typeof makeRow>>} */
  #rows = new Map();
  #currentId = "";
  /** How sessions stand that were shown: more is known of them than the list says. @type {Map<string, Standing>} */
  #shown = new Map();

  constructor() {
    this.#refreshLater();
  }

  /**
   * Whether it is listed.
   *
   * @param {string} id
   */
  has(id) {
    return this.#rows.has(id);
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

  /**
   * Notes how the session that is shown stands, before the server is asked again.
   *
   * @param {string} id
   * @param {Standing} standing
   */
  showStanding(id, standing) {
    const before = this.#shown.get(id);
    if (before?.text === standing.text) return;
    this.#shown.set(id, standing);
    const row = this.#rows.get(id);
    if (row !== undefined) showStanding(row, standing);
  }

  #refreshLater() {
    const isBusy = this.#list.querySelector('[data-tone="busy"]') !== null;
    setTimeout(async () => {
      if (!document.hidden) await this.refresh();
      this.#refreshLater();
    }, isBusy ? interval.busy : interval.calm);
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
      this.#shown.delete(id);
    }
    views.forEach((view, index) => {
      let row = this.#rows.get(view.session_id);
      if (row === undefined) {
        row = makeRow(view);
        this.#rows.set(view.session_id, row);
      }
      const shown = this.#shown.get(view.session_id);
      // Of a search that went on when it was shown, the list knows more now.
      const isKnown = shown !== undefined &&
        (shown.tone !== "busy" || view.session_id === this.#currentId);
      showStanding(row, isKnown ? shown : summaryStanding(view));
      setText(row.when, ago(view.created_at, Date.now()));
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

/**
 * @param {ReturnType<typeof makeRow>} row
 * @param {Standing} standing
 */
function showStanding({ dot, standing }, { text, tone }) {
  dot.dataset.tone = tone;
  setText(standing, text);
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
