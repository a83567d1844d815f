/**
 * The page while a session is watched.
 *
 * @module
 */

import { byId, make, setText } from "./element.js";
import { describeMap } from "./modes.js";
import { placeIn } from "../../results/place_in.js";
import { lookAt } from "./session_state.js";
import { showView } from "./viewport.js";
import {
  agentName,
  counted,
  metres,
  nameInText,
  poseInWords,
  sessionStanding,
} from "./words.js";

/** @import { FloorSeen } from "../../results/floor_seen.js" */
/** @import { AgentEvent } from "../../events/event.ts" */
/** @import { AgentCards } from "./agent_cards.js" */
/** @import { MapView } from "./map_view.js" */
/** @import { SeenFloor } from "./seen_floor.js" */
/** @import { SeenGround } from "./seen_ground.js" */
/** @import { SessionList } from "./session_list.js" */
/** @import { Polygon } from "./seen_mask.js" */
/** @import { StepList } from "./step_list.js" */
/** @import { Timeline } from "./timeline.js" */
/** @import { Watch } from "./watch.js" */

/**
 * @typedef {object} Parts
 * @property {MapView} map
 * @property {AgentCards} cards
 * @property {StepList} steps
 * @property {Timeline} timeline
 * @property {SeenGround} seen
 * @property {SeenFloor} floor
 * @property {SessionList} list
 */

/**
 * Shows the session's moment.
 *
 * @param {Watch} watch
 * @param {Parts} parts
 */
export function showWatch(watch, parts) {
  const { cards, steps, timeline } = parts;
  const { session, position, agent, look } = watch;
  const known = parts.seen.of(session.looks);
  const polygons = known?.slice(0, position);
  const floorSeen = polygons && parts.floor.of(polygons);
  const isWhole = known?.length === session.looks.length;
  showHead(watch, parts.list, isWhole ? parts.floor.inWords(known) : "");
  showConnection(watch);
  const isFinal = watch.isAtEnd && agent?.finalPicture !== undefined;
  showView({
    picture: isFinal ? agent?.finalPicture : look?.picture,
    alt: look
      ? `What ${nameInText(look.agentId)} sees at step ${look.step + 1}`
      : "",
    empty: emptyText(watch),
    agentId: agent?.id,
    reading: look && agent
      ? `step ${look.step + 1} of ${agent.totalSteps} · ${
        poseInWords(look.pose)
      }`
      : "",
    // What was found is said above.
    reasoning: isFinal && session.outcome?.description === look?.reasoning
      ? ""
      : look?.reasoning ?? "",
  });
  cards.show(session, { position, chosenId: agent?.id ?? -1 });
  if (agent !== undefined) steps.show(agent, look);
  timeline.show(session, position);
  byId("live").hidden = watch.isFollowing || session.outcome !== undefined;
  showMap(watch, parts, { polygons, floorSeen });
}

/** @param {Watch} watch */
function emptyText({ problem, session: { looks, outcome }, position }) {
  if (problem !== "") return "There is nothing to show.";
  if (looks.length > 0 && position === 0) return "Before the first step.";
  return outcome === undefined
    ? "Waiting for the first view …"
    : "Nothing was seen.";
}

/**
 * Says aloud what matters of an event.
 *
 * @param {AgentEvent} event
 */
export function announce(event) {
  const said = byId("announcer");
  if (event.type === "agent_found") {
    setText(
      said,
      `${agentName(event.agent_id)} found it. ${event.description}`,
    );
  } else if (event.type === "error") {
    const who = event.agent_id === undefined
      ? "The search"
      : agentName(event.agent_id);
    setText(said, `${who} failed. ${event.message}`);
  } else if (event.type === "session_complete") {
    setText(
      said,
      event.winner_agent_id === null
        ? `The search is over. ${event.description}`
        : `The search is over: found by ${nameInText(event.winner_agent_id)}.`,
    );
  }
}

/**
 * @param {Watch} watch
 * @param {SessionList} list
 * @param {string} floorWords What all of the session's looks have shown.
 */
function showHead(watch, list, floorWords) {
  const { session, view, problem } = watch;
  const { outcome, faults, agents } = session;
  const query = view?.query ?? "";
  setText(byId("title"), query === "" ? "Search" : query);
  const standing = problem === ""
    ? sessionStanding(session, view?.status ?? "running")
    : { text: "Not there", tone: /** @type {const} */ ("bad") };
  list.showStanding(watch.id, standing);
  const line = byId("standing");
  if (line.textContent !== standing.text || line.dataset.tone === undefined) {
    line.replaceChildren(make("span", { class: "dot" }), standing.text);
  }
  line.dataset.tone = standing.tone;
  const dot = line.firstElementChild;
  if (dot instanceof HTMLElement) dot.dataset.tone = standing.tone;
  document.title = query === ""
    ? "splatscout"
    : `${standing.text}: ${query} · splatscout`;
  byId("stop").hidden = outcome !== undefined || problem !== "" ||
    view?.status === "cancelled";
  const isNothing = problem !== "" && session.looks.length === 0;
  for (const id of ["copy-link", "keep-report", "timeline", "details"]) {
    byId(id).hidden = isNothing;
  }
  const failures = agents.filter(({ status }) => status === "failed");
  const allFailed = failures.length > 0 && failures.length === agents.length;
  const troubles = [
    problem,
    ...faults,
    ...(allFailed ? new Set(failures.map(({ message }) => message)) : []),
  ].filter((text) => text !== "");
  byId("problem").hidden = troubles.length === 0;
  setText(byId("problem"), troubles.join(" "));
  const banner = byId("find-banner");
  banner.hidden = outcome === undefined ||
    (outcome.winnerId === null &&
      (allFailed || (faults.length > 0 && session.looks.length === 0)));
  if (outcome === undefined) return;
  banner.dataset.tone = outcome.winnerId === null ? "calm" : "good";
  setText(
    byId("find-text"),
    outcome.winnerId === null
      ? [
        `${outcome.description}.`,
        `${counted(session.looks.length, "step")} by ${
          counted(agents.length, "agent")
        }.`,
        floorWords,
      ].join(" ").trimEnd()
      : outcome.description,
  );
}

/** @param {Watch} watch */
function showConnection({ connection }) {
  const words = {
    connecting: "Connecting",
    live: "Live",
    waiting: "Connection lost, trying again",
    ended: "",
  };
  const line = byId("connection");
  line.dataset.state = connection;
  setText(line, words[connection]);
}

/**
 * @param {Watch} watch
 * @param {Parts} parts
 * @param {{ polygons: Polygon[] | undefined, floorSeen: FloorSeen | undefined }} seen
 */
function showMap(watch, { map, floor }, { polygons, floorSeen }) {
  const { session, position, agent: chosen } = watch;
  const { agents, outcome } = session;
  const winner = agents.find(({ id }) => id === outcome?.winnerId);
  const showsSeen =
    /** @type {HTMLInputElement} */ (byId("show-seen")).checked &&
      (session.looks.length > 0 ||
        (outcome === undefined && watch.problem === ""));
  const place = watch.isAtEnd && winner ? placeIn(winner.message) : undefined;
  map.show({
    walkers: agents.map((agent) => {
      const looks = agent.looks.filter(({ order }) => order < position);
      return {
        agentId: agent.id,
        looks,
        pose: looks.at(-1)?.pose ?? agent.start,
        isChosen: agent === chosen,
      };
    }),
    flag: place,
    seen: showsSeen ? polygons : undefined,
    unseen: showsSeen && floor.plan && floorSeen &&
        outcome?.winnerId === null && watch.isAtEnd
      ? { plan: floor.plan, cells: floorSeen.unseen }
      : undefined,
    starts: [],
    picks: false,
  });
  const words = agents.map((agent) => {
    const look = lookAt(agent, position);
    return `${agentName(agent.id)} is at ${
      poseInWords(look?.pose ?? agent.start)
    } after ${counted(look === undefined ? 0 : look.step + 1, "step")}.`;
  });
  if (place !== undefined && outcome !== undefined) {
    words.push(`The flag is at ${flagText(place)}.`);
  }
  describeMap(
    `Map. ${words.join(" ")} All steps are listed below.`,
    [
      ...(place === undefined ? [] : [`flag at ${flagText(place)}`]),
      ...(floorSeen === undefined || session.looks.length === 0 ? [] : [
        // The server is asked look by look.
        `${
          polygons?.length === position ? "" : "at least "
        }${floorSeen.percent} % of floor seen`,
      ]),
    ].join(" · "),
  );
}

/** @param {{ x: number, y: number }} place */
function flagText({ x, y }) {
  return `${metres(x)}, ${metres(y)}`;
}
