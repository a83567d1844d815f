/**
 * The large picture and what is said about it.
 *
 * @module
 */

import { agentBadge } from "./agent_style.js";
import { byId, setText } from "./element.js";
import { showPicture } from "./pictures.js";
import { agentName } from "./words.js";

/**
 * @typedef {object} ViewportContent
 * @property {Blob | undefined} picture
 * @property {string} alt What the picture is, for those who do not see it.
 * @property {string} empty Said where there is no picture.
 * @property {number | undefined} agentId Whose view it is.
 * @property {string} reading Numbers.
 * @property {string} reasoning Words.
 */

let taggedAgent = -1;

/** @param {ViewportContent} content */
export function showView(content) {
  const image = /** @type {HTMLImageElement} */ (byId("view"));
  showPicture(image, content.picture);
  image.alt = content.alt;
  setText(byId("view-empty"), content.picture ? "" : content.empty);
  setText(byId("view-reading"), content.reading);
  setText(byId("view-reasoning"), content.reasoning);
  const tag = byId("view-tag");
  tag.hidden = content.agentId === undefined;
  if (content.agentId !== undefined && content.agentId !== taggedAgent) {
    taggedAgent = content.agentId;
    tag.replaceChildren(agentBadge(taggedAgent), agentName(taggedAgent));
  }
}
