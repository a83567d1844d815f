/**
 * The small view that follows the pointer over the map and the recording.
 *
 * @module
 */

import { byId, setText } from "./element.js";
import { showPicture } from "./pictures.js";
import { agentName } from "./words.js";

/** @import { PageLook } from "./map_view.js" */

/** Pixels of the box, and how far it stays from the pointer. */
const width = 172;
const height = 200;
const distance = 16;

export class Peek {
  #box = byId("peek");

  hide() {
    this.#box.hidden = true;
    showPicture(/** @type {HTMLImageElement} */ (byId("peek-view")), undefined);
  }

  /**
   * @param {PageLook | undefined} look
   * @param {number} x Pixels of the map.
   * @param {number} y
   */
  showOnMap(look, x, y) {
    if (look === undefined) {
      this.hide();
      return;
    }
    byId("map-frame").append(this.#box);
    const { clientWidth, clientHeight } = byId("map-frame");
    const isRight = x + distance + width <= clientWidth;
    this.#place(
      look,
      isRight ? x + distance : Math.max(x - distance - width, 0),
      Math.min(Math.max(y - height / 2, 0), Math.max(clientHeight - height, 0)),
    );
  }

  /**
   * @param {PageLook | undefined} look
   * @param {number} share Of the track's width.
   */
  showOverTrack(look, share) {
    if (look === undefined) {
      this.hide();
      return;
    }
    const track = byId("scrubber").parentElement;
    if (track === null) return;
    track.append(this.#box);
    const room = track.clientWidth - width;
    this.#place(
      look,
      Math.min(Math.max(share * track.clientWidth - width / 2, 0), room),
      -height - 8,
    );
  }

  /**
   * @param {PageLook} look
   * @param {number} x
   * @param {number} y
   */
  #place(look, x, y) {
    this.#box.style.setProperty("--peek-x", `${x}px`);
    this.#box.style.setProperty("--peek-y", `${y}px`);
    this.#box.hidden = false;
    showPicture(
      /** @type {HTMLImageElement} */ (byId("peek-view")),
      look.picture,
    );
    setText(
      byId("peek-text"),
      `${agentName(look.agentId)}, step ${look.step + 1}`,
    );
  }
}
