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
  const names = [
    ...["ink", "line-strong", "sunken", "signal"],
    ...Array.from({ length: colours }, (_, id) => `agent-${id}`),
  ];
  const probes = names.map((name) => {
    const probe = make("span", { hidden: "" });
    probe.style.color = `var(--${name})`;
    return probe;
  });
  document.body.append(...probes); // All at once: styles are reckoned once.
  const [ink = "", line = "", sunken = "", signal = "", ...agents] = probes
    .map((probe) => getComputedStyle(probe).color);
  for (const probe of probes) probe.remove();
  return { ink, line, sunken, signal, agents };
}

/** @typedef {ReturnType<typeof resolveColours>} Colours */
