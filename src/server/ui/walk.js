/**
 * Walking by hand: buttons and keys move, the server says what is seen and
 * where one may go.
 *
 * @module
 */

import { RefusedError } from "./connection.js";
import { byId } from "./element.js";
import { lookFrom } from "./place.js";

/** @import { Pose } from "../../geometry/pose.ts" */
/** @import { Sight } from "./place.js" */

/** Metres of a step, as the server's `allowed` has it, and degrees of a turn. */
const stepLength = 0.5;
const turnAngle = 30;

/**
 * Moves by their names in `allowed`: a turn, or a step along a heading relative to one's own.
 *
 * @type {Record<string, { turn: number } | { heading: number }>}
 */
const moves = {
  forward: { heading: 0 },
  backward: { heading: 180 },
  left: { heading: 90 },
  right: { heading: -90 },
  turnLeft: { turn: turnAngle },
  turnRight: { turn: -turnAngle },
};

/** @type {Record<string, string>} */
const keys = {
  ArrowUp: "forward",
  ArrowDown: "backward",
  ArrowLeft: "turnLeft",
  ArrowRight: "turnRight",
  w: "forward",
  s: "backward",
  a: "left",
  d: "right",
  q: "turnLeft",
  e: "turnRight",
};

/** The pose after a move. @type {(pose: Pose, move: string) => Pose} */
function afterMove(pose, move) {
  const kind = moves[move] ?? { turn: 0 };
  if ("turn" in kind) {
    return { ...pose, yaw: (pose.yaw + kind.turn + 360) % 360 };
  }
  const radians = (pose.yaw + kind.heading) * Math.PI / 180;
  return {
    ...pose,
    x: pose.x + stepLength * Math.cos(radians),
    y: pose.y + stepLength * Math.sin(radians),
  };
}

export class Walk {
  /** @type {Pose} */
  pose = { x: 0, y: 0, z: 0, yaw: 0 };
  /** @type {Sight | undefined} */
  sight;
  /** Why nothing is seen. */
  problem = "";
  #controller = new AbortController();
  #isLooking = false;
  /** What was asked for while the view was on its way: the latest. */
  #next = "";
  #onChange;

  /** @param {() => void} onChange Pose, sight or problem are others now. */
  constructor(onChange) {
    this.#onChange = onChange;
    for (const name of Object.keys(moves)) {
      byId(`walk-${name}`).addEventListener("click", () => this.move(name));
    }
  }

  /**
   * Goes to a pose and looks.
   *
   * @param {Pose} pose
   */
  async goTo(pose) {
    this.#controller.abort();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    this.pose = pose;
    this.#isLooking = true;
    this.#onChange();
    try {
      this.sight = await lookFrom(pose, signal);
      this.problem = "";
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RefusedError)) throw error;
      this.sight = undefined;
      this.problem = error.message;
    }
    this.#isLooking = false;
    this.#showAllowed();
    this.#onChange();
    const next = this.#next;
    this.#next = "";
    if (next !== "") this.move(next);
  }

  /** @param {string} name */
  move(name) {
    // What is allowed is known once the view from here has come.
    if (this.#isLooking) this.#next = name;
    else if (this.sight?.allowed[name] === true) {
      void this.goTo(afterMove(this.pose, name));
    }
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const name = keys[event.key];
    if (name === undefined || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    event.preventDefault();
    this.move(name);
  }

  #showAllowed() {
    for (const name of Object.keys(moves)) {
      // Not `disabled`, which would take the focus away in mid-walk.
      byId(`walk-${name}`).setAttribute(
        "aria-disabled",
        `${this.sight?.allowed[name] !== true}`,
      );
    }
  }
}
