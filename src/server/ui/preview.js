/**
 * What the first agent will see from the start that is being picked.
 *
 * @module
 */

import { RefusedError } from "./connection.js";
import { lookFrom } from "./place.js";

/** @import { Pose } from "../../geometry/pose.ts" */

/** Milliseconds without change before the server is asked. */
const calm = 120;

export class Preview {
  /** @type {Blob | undefined} */
  picture;
  /** Why there is no picture. */
  problem = "";
  #controller = new AbortController();
  #timer = 0;
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** @param {Pose} pose */
  lookFrom(pose) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(pose), calm);
  }

  /** @param {Pose} pose */
  async #look(pose) {
    this.#controller.abort();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    try {
      ({ picture: this.picture } = await lookFrom(pose, signal));
      this.problem = "";
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RefusedError)) throw error;
      this.picture = undefined;
      this.problem = error.message;
    }
    this.#onChange();
  }
}
