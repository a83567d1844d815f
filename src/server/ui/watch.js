/**
 * One session as the page shows it: followed live, and any moment of it again.
 *
 * @module
 */

import { RefusedError, requestJson } from "./connection.js";
import { follow, untilAnswered } from "./follow.js";
import { pictureFrom } from "./pictures.js";
import { addEvent, emptySession, lookAt } from "./session_state.js";

/** @import { AgentEvent } from "../../events/event.ts" */
/** @import { SessionView } from "../schemas.ts" */
/** @import { ConnectionState } from "./follow.js" */
/** @import { PageLook } from "./map_view.js" */
/** @import { Moment } from "./route.js" */
/** @import { Session } from "./words.js" */

export class Watch {
  /** @type {Session} */
  session = emptySession();
  /** What the server says of it. @type {SessionView | undefined} */
  view;
  /** @type {ConnectionState | "ended"} */
  connection = "connecting";
  /** Why it cannot be shown. */
  problem = "";
  id;
  /** Looks that are shown; `undefined` for all, those to come included. @type {number | undefined} */
  #position;
  /** @type {number | undefined} */
  #chosenId;
  #controller = new AbortController();
  #options;

  /**
   * @param {string} id
   * @param {Moment} moment
   * @param {object} options
   * @param {() => void} options.onChange Something of it is different now.
   * @param {(event: AgentEvent) => void} options.onEvent An event has come.
   */
  constructor(id, { step, agent }, options) {
    this.id = id;
    this.#position = step;
    this.#chosenId = agent;
    this.#options = options;
    void this.#follow();
  }

  /** Lets go of the connection and of all pictures. */
  close() {
    this.#controller.abort();
    this.session = emptySession();
  }

  /** Looks that are shown. */
  get position() {
    const { length } = this.session.looks;
    return Math.min(this.#position ?? length, length);
  }

  /** Whether the latest look is shown, whichever that is. */
  get isAtEnd() {
    return this.position === this.session.looks.length;
  }

  /** Whether what comes is shown at once. */
  get isFollowing() {
    return this.#position === undefined;
  }

  /** The agent that is shown: the chosen one, else the winner, else the first. */
  get agent() {
    const { agents, outcome } = this.session;
    const id = this.#chosenId ?? (this.isAtEnd ? outcome?.winnerId : undefined);
    return agents.find((agent) => agent.id === id) ?? agents[0];
  }

  /** What that agent saw last. @type {PageLook | undefined} */
  get look() {
    return this.agent && lookAt(this.agent, this.position);
  }

  /** What leads to this moment. @type {Moment} */
  get moment() {
    return { step: this.#position, agent: this.#chosenId };
  }

  /**
   * Goes where the address says.
   *
   * @param {Moment} moment
   */
  setMoment({ step, agent }) {
    this.#position = step;
    this.#chosenId = agent;
    this.#options.onChange();
  }

  /** @param {number | undefined} position Looks; `undefined` for all. */
  goTo(position) {
    this.#position = position !== undefined && this.session.outcome &&
        position >= this.session.looks.length
      ? undefined
      : position;
    this.#options.onChange();
  }

  /** @param {PageLook} look */
  goToLook({ order, agentId }) {
    this.#chosenId = agentId;
    this.goTo(order + 1);
  }

  /** @param {number} agentId */
  choose(agentId) {
    this.#chosenId = agentId;
    this.#options.onChange();
  }

  /** Ends the search. */
  async stop() {
    try {
      this.view = await requestJson(`sessions/${this.id}`, {
        method: "DELETE",
      });
    } catch (error) {
      this.#fail(error);
    }
    this.#options.onChange();
  }

  async #follow() {
    const { signal } = this.#controller;
    const { onChange, onEvent } = this.#options;
    try {
      await this.#ask();
      await follow(this.id, {
        signal,
        onEvent: (event) => {
          addEvent(this.session, event, pictureFrom);
          onEvent(event);
          onChange();
        },
        onRestart: () => {
          this.session = emptySession();
          onChange();
        },
        onState: this.#showConnection,
      });
      this.#showConnection("ended");
      await this.#ask();
      this.connection = "ended";
    } catch (error) {
      if (signal.aborted) return;
      this.#fail(error);
    }
    onChange();
  }

  async #ask() {
    const { signal } = this.#controller;
    this.view = await untilAnswered(
      () => requestJson(`sessions/${this.id}`, { signal }),
      { onState: this.#showConnection, signal },
    );
    this.#options.onChange();
  }

  /** @param {ConnectionState | "ended"} state */
  #showConnection = (state) => {
    this.connection = state;
    this.#options.onChange();
  };

  /** @param {unknown} error */
  #fail(error) {
    if (!(error instanceof RefusedError)) throw error;
    this.problem = [404, 410].includes(error.status)
      ? "This search is no longer there: the server keeps them for a while only."
      : error.message;
    this.connection = "ended";
  }
}
