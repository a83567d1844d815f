/**
 * Asking: what to find, with how many agents, from where.
 *
 * @module
 */

import { requestJson } from "./connection.js";
import { byId } from "./element.js";

/** @import { Pose } from "../../geometry/pose.ts" */

const key = "splatscout-ask";

/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (byId(id));

export class AskForm {
  /** What the fields say, heights included. @type {Pose} */
  #start = { x: 0, y: 0, z: 0, yaw: 0 };
  #options;

  /**
   * @param {object} options
   * @param {(sessionId: string) => void} options.onAsked The server has taken it.
   * @param {() => void} options.onChange Start or number of agents are others now.
   */
  constructor(options) {
    this.#options = options;
    this.#restore();
    byId("ask").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    byId("query").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      /** @type {HTMLFormElement} */ (byId("ask")).requestSubmit();
    });
    for (const id of ["start-x", "start-y", "start-yaw", "agents"]) {
      input(id).addEventListener("input", () => {
        this.#start = {
          ...this.#start,
          x: numberOf("start-x"),
          y: numberOf("start-y"),
          yaw: (numberOf("start-yaw") % 360 + 360) % 360,
        };
        options.onChange();
      });
    }
  }

  /** Where the first agent starts. */
  get start() {
    return this.#start;
  }

  /** Where each agent starts: they look into different directions. */
  get starts() {
    const agents = Math.min(Math.max(Math.round(numberOf("agents")), 1), 16);
    return Array.from({ length: agents }, (_, id) => ({
      ...this.#start,
      yaw: (this.#start.yaw + id * 360 / agents) % 360,
    }));
  }

  /** @param {Partial<Pose>} pose */
  setStart(pose) {
    this.#start = { ...this.#start, ...pose };
    input("start-x").value = `${round(this.#start.x)}`;
    input("start-y").value = `${round(this.#start.y)}`;
    input("start-yaw").value = `${round(this.#start.yaw)}`;
    this.#options.onChange();
  }

  async #send() {
    const query = /** @type {HTMLTextAreaElement} */ (byId("query"));
    const button = /** @type {HTMLButtonElement} */ (byId("find"));
    const problem = byId("ask-problem");
    problem.hidden = true;
    if (query.value.trim() === "") {
      query.focus();
      return;
    }
    button.disabled = true;
    const { x, y, z, yaw } = this.#start;
    try {
      const { session_id } = await requestJson("sessions", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          query: query.value.trim(),
          start_x: x,
          start_y: y,
          start_z: z,
          start_yaw: yaw,
          num_agents: numberOf("agents"),
          max_steps: numberOf("max-steps"),
        }),
      });
      this.#keep();
      this.#options.onAsked(session_id);
    } catch (error) {
      problem.textContent = /** @type {Error} */ (error).message;
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  }

  #keep() {
    localStorage.setItem(
      key,
      JSON.stringify({
        agents: numberOf("agents"),
        "max-steps": numberOf("max-steps"),
      }),
    );
  }

  #restore() {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? "{}");
      for (const id of ["agents", "max-steps"]) {
        if (Number.isInteger(kept[id])) input(id).value = `${kept[id]}`;
      }
    } catch {
      localStorage.removeItem(key);
    }
  }
}

/** @param {string} id */
function numberOf(id) {
  const { valueAsNumber } = input(id);
  return Number.isFinite(valueAsNumber) ? valueAsNumber : 0;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}
