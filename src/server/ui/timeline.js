/**
 * The recording: all looks of a session in the order of their coming, a
 * scrubber over them, and playing at any speed.
 *
 * @module
 */

import { resolveColours } from "./agent_style.js";
import { byId, oncePerFrame, setText } from "./element.js";
import { colourOf } from "./map_drawing.js";
import { agentName } from "./words.js";

/** @import { Session } from "./words.js" */
/** @import { PageLook } from "./map_view.js" */

export class Timeline {
  #scrubber = /** @type {HTMLInputElement} */ (byId("scrubber"));
  #track = /** @type {HTMLCanvasElement} */ (byId("track"));
  #speed = /** @type {HTMLSelectElement} */ (byId("speed"));
  #play = byId("play");
  /** @type {PageLook[]} */
  #looks = [];
  #position = 0;
  #colours = resolveColours();
  #timer = 0;
  #onMove;
  #redraw = oncePerFrame(() => this.#draw());

  /**
   * @param {object} options
   * @param {(position: number) => void} options.onMove The user, or playing, went to this many looks.
   * @param {(look: PageLook | undefined, share: number) => void} options.onPoint A look is pointed at, so far along the track.
   */
  constructor({ onMove, onPoint }) {
    this.#onMove = onMove;
    new ResizeObserver(this.#redraw).observe(this.#track);
    this.#scrubber.addEventListener("input", () => {
      this.pause();
      onMove(Number(this.#scrubber.value));
    });
    this.#scrubber.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch") return;
      const share = event.offsetX / this.#scrubber.clientWidth;
      const index = Math.floor(share * this.#looks.length);
      onPoint(this.#looks[index], share);
    });
    this.#scrubber.addEventListener(
      "pointerleave",
      () => onPoint(undefined, 0),
    );
    this.#play.addEventListener("click", () => this.toggle());
    this.#speed.addEventListener("change", () => {
      if (this.isPlaying) this.#start();
    });
  }

  get isPlaying() {
    return this.#timer !== 0;
  }

  /** Plays on from here, from the start if this is the end; or stops. */
  toggle() {
    if (this.isPlaying) {
      this.pause();
      return;
    }
    if (this.#looks.length === 0) return;
    if (this.#position >= this.#looks.length) this.#onMove(1);
    this.#start();
  }

  pause() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#label();
  }

  /**
   * @param {Session} session
   * @param {number} position Looks that are shown.
   */
  show({ looks }, position) {
    const isSame = looks === this.#looks && position === this.#position &&
      this.#scrubber.max === `${looks.length}`;
    if (isSame) return;
    this.#looks = looks;
    this.#position = position;
    this.#scrubber.max = `${looks.length}`;
    this.#scrubber.value = `${position}`;
    const look = looks[position - 1];
    this.#scrubber.setAttribute(
      "aria-valuetext",
      look === undefined
        ? "no step yet"
        : `${position} of ${looks.length}, ${agentName(look.agentId)}`,
    );
    setText(byId("scrubber-reading"), `${position} / ${looks.length}`);
    this.#redraw();
  }

  /** The theme has changed. */
  restyle() {
    this.#colours = resolveColours();
    this.#redraw();
  }

  #start() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      if (this.#position >= this.#looks.length) this.pause();
      else this.#onMove(this.#position + 1);
    }, 1000 / Number(this.#speed.value));
    this.#label();
  }

  #label() {
    this.#play.toggleAttribute("data-playing", this.isPlaying);
    this.#play.setAttribute("aria-label", this.isPlaying ? "Pause" : "Play");
  }

  #draw() {
    const canvas = this.#track.getContext("2d");
    const { clientWidth: width, clientHeight: height } = this.#track;
    if (canvas === null || width === 0) return;
    this.#track.width = Math.round(width * devicePixelRatio);
    this.#track.height = Math.round(height * devicePixelRatio);
    canvas.scale(devicePixelRatio, devicePixelRatio);
    const lanes = 1 + this.#looks.reduce(
      (most, { agentId }) => Math.max(most, agentId),
      0,
    );
    const across = width / Math.max(this.#looks.length, 1);
    const lane = height / lanes;
    canvas.fillStyle = this.#colours.line;
    canvas.globalAlpha = 0.35;
    for (let i = 0; i < lanes; i++) {
      canvas.fillRect(0, (i + 0.5) * lane - 0.5, width, 1);
    }
    this.#looks.forEach(({ agentId, action }, index) => {
      canvas.globalAlpha = index < this.#position ? 1 : 0.3;
      canvas.fillStyle = action === "found"
        ? this.#colours.signal
        : colourOf(this.#colours, agentId);
      const thick = Math.max(Math.min(lane - 2, 12), 1.5);
      canvas.fillRect(
        index * across + (across > 4 ? 0.75 : 0),
        (agentId + 0.5) * lane - thick / 2,
        Math.max(across - 1.5, 1),
        thick,
      );
    });
  }
}
