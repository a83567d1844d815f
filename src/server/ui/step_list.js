/**
 * The chosen agent's steps in words: the map and the views for those who read
 * them. Pressing one goes there.
 *
 * @module
 */

import { byId, make, setText } from "./element.js";
import { agentName, poseInWords } from "./words.js";

/** @import { PageLook } from "./map_view.js" */
/** @import { Agent } from "./words.js" */

export class StepList {
  #list = byId("steps");
  /** @type {HTMLButtonElement[]} */
  #buttons = [];
  #agentId = -1;
  /** @type {HTMLButtonElement | undefined} */
  #current;
  #onChoose;

  /** @param {(look: PageLook) => void} onChoose */
  constructor(onChoose) {
    this.#onChoose = onChoose;
  }

  clear() {
    this.#agentId = -1;
    this.#buttons = [];
    this.#current = undefined;
    this.#list.replaceChildren();
    byId("no-steps").hidden = false;
    setText(byId("steps-heading"), "Steps");
  }

  /**
   * @param {Agent} agent
   * @param {PageLook | undefined} look The one that is shown.
   */
  show(agent, look) {
    if (agent.id !== this.#agentId) {
      this.clear();
      this.#agentId = agent.id;
    }
    setText(byId("steps-heading"), `Steps of ${agentName(agent.id)}`);
    for (const look of agent.looks.slice(this.#buttons.length)) {
      this.#add(look);
    }
    byId("no-steps").hidden = this.#buttons.length > 0;
    const current = look && this.#buttons[agent.looks.indexOf(look)];
    if (current === this.#current) return;
    this.#current?.removeAttribute("aria-current");
    this.#current = current;
    current?.setAttribute("aria-current", "step");
    if (current !== undefined) keepInSight(this.#list, current);
  }

  /** @param {PageLook} look */
  #add(look) {
    const button = make("button", { type: "button" }, [
      make("span", { class: "number" }, [`${look.step + 1}`]),
      make("span", { class: "words" }, [look.reasoning || "No words."]),
      make("span", { class: "reading" }, [poseInWords(look.pose)]),
    ]);
    button.addEventListener("click", () => this.#onChoose(look));
    this.#buttons.push(button);
    const item = make("li", { "data-action": look.action }, [button]);
    this.#list.append(item);
  }
}

/**
 * Scrolls the list, not the page.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement} item
 */
function keepInSight(list, item) {
  const outer = list.getBoundingClientRect();
  const inner = item.getBoundingClientRect();
  if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top;
  else if (inner.bottom > outer.bottom) {
    list.scrollTop += inner.bottom - outer.bottom;
  }
}
