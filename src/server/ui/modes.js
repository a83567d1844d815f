/**
 * The page while somebody picks a start, or walks about.
 *
 * @module
 */

import { byId, make, setText } from "./element.js";
import { showView } from "./viewport.js";
import { agentName, counted, metres, poseInWords } from "./words.js";

/** @import { AskForm } from "./ask_form.js" */
/** @import { MapView } from "./map_view.js" */
/** @import { Scene } from "./place.js" */
/** @import { Preview } from "./preview.js" */
/** @import { Walk } from "./walk.js" */

/** @param {Scene} scene */
export function showScene({ name, splats, bounds: { min, max } }) {
  const sides = [0, 1].map((axis) =>
    metres((max[axis] ?? 0) - (min[axis] ?? 0)).replace(/\.?0+$/, "")
  );
  byId("scene").replaceChildren(
    make("b", {}, [name]),
    splats === undefined ? "" : ` · ${splats.toLocaleString("en")} splats`,
    ` · ${sides.join(" × ")} m`,
  );
}

/**
 * @param {AskForm} form
 * @param {Preview} preview
 * @param {MapView} map
 */
export function showAsk(form, preview, map) {
  const { start, starts } = form;
  showTitle("Where should they start?", "New search");
  showView({
    picture: preview.picture,
    alt: `What ${agentName(0)} will see first`,
    empty: preview.problem || "Looking …",
    agentId: 0,
    reading: poseInWords(start),
    reasoning: starts.length === 1
      ? "This is what the agent will see first."
      : `This is what ${agentName(0)} will see first. ${
        starts.length === 2
          ? "The other one looks the other way."
          : `The others look ${Math.round(360 / starts.length)}° further each.`
      }`,
  });
  map.show({
    walkers: [],
    flag: undefined,
    seen: undefined,
    unseen: undefined,
    starts,
    picks: true,
  });
  describeMap(
    `Map. ${counted(starts.length, "agent")} will start at ${
      poseInWords(start)
    }. The start can be typed in the search form.`,
    "Press to place, drag to turn.",
  );
}

/**
 * @param {Walk} walk
 * @param {MapView} map
 */
export function showWalk(walk, map) {
  showTitle("Walk about", "By hand");
  showView({
    picture: walk.sight?.picture,
    alt: walk.sight ? `The view from ${poseInWords(walk.sight.pose)}` : "",
    empty: walk.problem || "Looking …",
    agentId: undefined,
    reading: poseInWords(walk.pose),
    reasoning: "",
  });
  map.show({
    walkers: [{
      agentId: undefined,
      looks: [],
      pose: walk.pose,
      isChosen: true,
    }],
    flag: undefined,
    seen: undefined,
    unseen: undefined,
    starts: [],
    picks: true,
  });
  describeMap(
    `Map. You are at ${poseInWords(walk.pose)}.`,
    matchMedia("(pointer: coarse)").matches
      ? "Press on the map to go there."
      : "Arrow keys walk and turn, A and D step aside.",
  );
}

/**
 * @param {string} title
 * @param {string} standing
 */
function showTitle(title, standing) {
  document.title = "splatscout";
  setText(byId("title"), title);
  const line = byId("standing");
  setText(line, standing);
  delete line.dataset.tone;
  byId("problem").hidden = true;
  byId("find-banner").hidden = true;
  const connection = byId("connection");
  setText(connection, "");
}

/**
 * @param {string} label For those who do not see it.
 * @param {string} reading Below it.
 */
export function describeMap(label, reading) {
  const map = byId("map");
  if (map.getAttribute("aria-label") !== label) {
    map.setAttribute("aria-label", label);
  }
  setText(byId("map-reading"), reading);
}
