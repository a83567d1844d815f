/**
 * The page: what the address asks for, shown.
 *
 * @module
 */

import { AgentCards } from "./agent_cards.js";
import { AskForm } from "./ask_form.js";
import { onTokenNeeded, RefusedError, requestJson } from "./connection.js";
import { byId, oncePerFrame, setText } from "./element.js";
import { MapView } from "./map_view.js";
import { Peek } from "./peek.js";
import { loadPlace, loadScene } from "./place.js";
import { Preview } from "./preview.js";
import { keepReport } from "./keep_report.js";
import { readRoute, sessionHash } from "./route.js";
import { SeenFloor } from "./seen_floor.js";
import { SeenGround } from "./seen_ground.js";
import { SessionList } from "./session_list.js";
import { StepList } from "./step_list.js";
import { startTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { askForToken } from "./token_dialog.js";
import { Walk } from "./walk.js";
import { showAsk, showScene, showWalk } from "./modes.js";
import { Watch } from "./watch.js";
import { announce, showWatch } from "./watch_view.js";

/** @import { PageLook } from "./map_view.js" */

onTokenNeeded(askForToken);

/** @type {Watch | undefined} */
let watch;
/** @type {"ask" | "walk" | "watch"} */
let mode = "ask";

const render = oncePerFrame(() => {
  if (mode === "watch" && watch !== undefined) {
    showWatch(watch, { map, cards, steps, timeline, seen, floor, list });
    keepMoment(watch);
  } else if (mode === "walk") showWalk(walk, map);
  else showAsk(form, preview, map);
});

const form = new AskForm({
  onAsked: (id) => {
    location.hash = sessionHash(id, {});
    byId("main").focus();
    void list.refresh();
  },
  onChange: () => {
    if (mode === "ask") preview.lookFrom(form.start);
    render();
  },
});
const preview = new Preview(render);
const walk = new Walk(render);
const seen = new SeenGround(render);
const floor = new SeenFloor(render);
const list = new SessionList();
const peek = new Peek();
const cards = new AgentCards((id) => watch?.choose(id));
const steps = new StepList((look) => goToLook(look));
const timeline = new Timeline({
  onMove: (position) => watch?.goTo(position),
  onPoint: (look, share) => peek.showOverTrack(look, share),
});
const map = new MapView(
  /** @type {HTMLCanvasElement} */ (byId("map")),
  {
    onPick: (pose) => {
      if (mode === "ask") form.setStart(pose);
      else void walk.goTo({ ...walk.pose, ...pose });
    },
    onPoint: (look, x, y) => peek.showOnMap(look, x, y),
    onChoose: goToLook,
  },
);

/** @param {PageLook} look */
function goToLook(look) {
  timeline.pause();
  watch?.goToLook(look);
}

/** Shows what the address asks for. */
async function openRoute() {
  const route = readRoute(location.hash);
  if (route.mode === "watch" && route.id === undefined) {
    const { sessions } = await requestJson("sessions");
    const latest = sessions.at(-1)?.session_id;
    history.replaceState(
      null,
      "",
      latest === undefined ? "#/" : sessionHash(latest, route.moment),
    );
    await openRoute();
    return;
  }
  const isSame = route.mode === "watch" && watch?.id === route.id;
  if (!isSame) {
    timeline.pause();
    watch?.close();
    watch = undefined;
    cards.clear();
    steps.clear();
    peek.hide();
  }
  mode = route.mode;
  document.body.dataset.mode = mode;
  for (const name of ["ask", "walk"]) {
    const tab = byId(`tab-${name}`);
    if (name === mode) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  list.setCurrent(route.mode === "watch" ? route.id ?? "" : "");
  if (route.mode === "watch" && !isSame && route.id !== undefined) {
    watch = new Watch(route.id, route.moment, {
      onChange: render,
      onEvent: announce,
    });
    if (!list.has(route.id)) void list.refresh();
  } else if (route.mode === "watch") watch?.setMoment(route.moment);
  else if (mode === "walk") void walk.goTo(walk.sight?.pose ?? form.start);
  else preview.lookFrom(form.start);
  render();
}

/**
 * Keeps the address true, so that a link to this moment can be copied.
 *
 * @param {Watch} watch
 */
function keepMoment({ id, moment }) {
  const hash = sessionHash(id, timeline.isPlaying ? {} : moment);
  if (location.hash !== hash) history.replaceState(null, "", hash);
}

byId("skip").addEventListener("click", () => byId("main").focus());
byId("stop").addEventListener("click", () => void watch?.stop());
byId("live").addEventListener("click", () => {
  timeline.pause();
  watch?.goTo(undefined);
});
byId("use-start").addEventListener("click", () => {
  form.setStart(walk.pose);
  location.hash = "#/";
});
copies("copy-link", () => location.href);
byId("keep-report").addEventListener("click", () => {
  if (watch !== undefined) void keepReport(watch.id);
});
copies("copy-pose", () => {
  const { x, y, z, yaw } = walk.pose;
  return [x, y, z, yaw].map((value) => Math.round(value * 1000) / 1000).join();
});
byId("zoom-in").addEventListener("click", () => map.zoomBy(1.6));
byId("zoom-out").addEventListener("click", () => map.zoomBy(1 / 1.6));
byId("zoom-fit").addEventListener("click", () => map.fit());
byId("show-seen").addEventListener("change", render);
addEventListener("hashchange", () => void openRoute());
addEventListener("keydown", onKey);
startTheme(() => {
  map.restyle();
  timeline.restyle();
});

/**
 * A button that copies a text and says so.
 *
 * @param {string} id
 * @param {() => string} text
 */
function copies(id, text) {
  const button = byId(id);
  const label = button.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      setText(button, "Copied");
    } catch {
      setText(button, text()); // Then it can be copied by hand.
    }
    setTimeout(() => setText(button, label ?? ""), 2_000);
  });
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { target, key } = event;
  const types = target instanceof Element &&
    target.closest("input, textarea, select, dialog") !== null;
  if (types || event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === "/") {
    event.preventDefault();
    byId("query").focus();
  } else if (mode === "walk") walk.onKey(event);
  else if (mode === "watch" && watch !== undefined) {
    if (key === "[" || key === "]") {
      timeline.pause();
      const { position } = watch;
      watch.goTo(Math.max(key === "[" ? position - 1 : position + 1, 0));
    } else if (key === "p") timeline.toggle();
    else if (/^\d$/.test(key)) watch.choose(Number(key));
  }
}

async function start() {
  await openRoute();
  if (mode !== "watch") void list.refresh();
  try {
    const scene = await loadScene();
    showScene(scene);
    form.setStart(scene.start);
    if (mode === "walk") void walk.goTo(scene.start);
    map.setPlace(await loadPlace(scene));
    byId("map-empty").hidden = true;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    setText(byId("map-empty"), error.message);
  }
  render();
}

await start();
