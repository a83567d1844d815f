/**
 * How agents look: a colour each, and squares instead of discs from the ninth
 * on, so that no two look the same.
 *
 * @module
 */

import { make } from "./element.js";

/** Colours in theme.css. */
const colours = 8;

/** @param {number} id */
export function agentColour(id) {
  return `var(--agent-${id % colours})`;
}

/** @param {number} id */
export function isSquare(id) {
  return id % (2 * colours) >= colours;
}

/**
 * The agent's number on its colour.
 *
 * @param {number} id
 */
export function agentBadge(id) {
  const badge = make("span", { class: "badge" }, [`${id}`]);
  badge.style.setProperty("--agent", agentColour(id));
  if (isSquare(id)) badge.dataset.shape = "square";
  return badge;
}

/** The page's colours as a canvas needs them: by value, for the theme of now. */
export function resolveColours() {
  const probe = make("span", { hidden: "" });
  document.body.append(probe);
  /** @param {string} name */
  const valueOf = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const resolved = {
    ink: valueOf("--ink"),
    inkSoft: valueOf("--ink-soft"),
    line: valueOf("--line-strong"),
    sunken: valueOf("--sunken"),
    sheet: valueOf("--sheet"),
    signal: valueOf("--signal"),
    good: valueOf("--good"),
    agents: Array.from(
      { length: colours },
      (_, id) => valueOf(`--agent-${id}`),
    ),
  };
  probe.remove();
  return resolved;
}

/** @typedef {ReturnType<typeof resolveColours>} Colours */
