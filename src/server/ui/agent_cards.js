/**
 * A card for each agent: what it sees, how far it is, what it thinks.
 *
 * @module
 */

import { agentBadge, agentColour } from "./agent_style.js";
import { byId, make, setText } from "./element.js";
import { showPicture } from "./pictures.js";
import { lookAt } from "./session_state.js";
import { agentName, agentStanding } from "./words.js";

/** @import { Agent, Session } from "./words.js" */

/** Pressing a card chooses its agent. */
export class AgentCards {
  #list = byId("cards");
  /** @type {Map<number, ReturnType<typeof makeCard>>} */
  #cards = new Map();
  #onChoose;

  /** @param {(agentId: number) => void} onChoose */
  constructor(onChoose) {
    this.#onChoose = onChoose;
  }

  clear() {
    this.#cards.clear();
    this.#list.replaceChildren();
  }

  /**
   * @param {Session} session
   * @param {{ position: number, chosenId: number }} moment
   */
  show({ agents, looks, outcome }, { position, chosenId }) {
    for (const agent of agents) {
      let card = this.#cards.get(agent.id);
      if (card === undefined) {
        card = makeCard(agent.id);
        card.button.addEventListener("click", () => this.#onChoose(agent.id));
        this.#cards.set(agent.id, card);
        const items = [...this.#cards].toSorted(([a], [b]) => a - b);
        this.#list.append(...items.map(([, { item }]) => item));
      }
      const isNow = position === looks.length;
      update(card, agent, {
        position,
        isNow,
        isChosen: agent.id === chosenId,
        isWinner: isNow && outcome?.winnerId === agent.id,
      });
    }
  }
}

/** @param {number} id */
function makeCard(id) {
  const image = make("img", { alt: "", hidden: "" });
  const state = make("span", { class: "state" });
  const share = make("span");
  const count = make("span", { class: "count" });
  const says = make("span", { class: "says" });
  const button = make("button", { type: "button", class: "card" }, [
    make("span", { class: "thumb" }, [image]),
    make("span", {}, [
      make("span", { class: "head" }, [
        agentBadge(id),
        make("span", { class: "name" }, [agentName(id)]),
        state,
      ]),
      make("span", { class: "meter" }, [share]),
      count,
      says,
    ]),
  ]);
  button.style.setProperty("--agent", agentColour(id));
  return {
    item: make("li", {}, [button]),
    button,
    image,
    state,
    share,
    count,
    says,
  };
}

/**
 * @param {ReturnType<typeof makeCard>} card
 * @param {Agent} agent
 * @param {{ position: number, isNow: boolean, isChosen: boolean, isWinner: boolean }} moment
 */
function update(card, agent, { position, isNow, isChosen, isWinner }) {
  const look = lookAt(agent, position);
  showPicture(card.image, look?.picture);
  const standing = isNow
    ? agentStanding(agent)
    : agentStanding({ ...agent, status: look ? "searching" : "starting" });
  setText(card.state, standing.text);
  card.state.dataset.tone = standing.tone;
  const taken = look === undefined ? 0 : look.step + 1;
  const share = agent.totalSteps === 0 ? 0 : taken / agent.totalSteps;
  card.share.style.setProperty("--share", `${share}`);
  setText(
    card.count,
    agent.totalSteps === 0 ? "no step yet" : `${taken} of ${agent.totalSteps}`,
  );
  const message = isNow ? agent.message : "";
  setText(card.says, message || look?.reasoning || "");
  card.button.setAttribute("aria-pressed", `${isChosen}`);
  card.button.toggleAttribute("data-winner", isWinner);
}
