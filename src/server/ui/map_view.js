/**
 * The map: a canvas over the place seen from above. Poses can be picked on it,
 * looks pointed at.
 *
 * @module
 */

import { resolveColours } from "./agent_style.js";
import { oncePerFrame } from "./element.js";
import { headingTo, MapFrame } from "./map_frame.js";
import {
  drawBounds,
  drawFlag,
  drawScale,
  drawStarts,
  drawUnseen,
  drawViewer,
  drawWay,
} from "./map_drawing.js";
import { SeenMask } from "./seen_mask.js";

/** @import { Pose } from "../../geometry/pose.ts" */
/** @import { FloorPlan } from "../../map/floor_plan.ts" */
/** @import { Area } from "./map_frame.js" */
/** @import { Polygon } from "./seen_mask.js" */
/** @import { Look } from "./session_state.js" */

/** @typedef {Look<Blob | undefined>} PageLook */

/**
 * The place.
 *
 * @typedef {object} Place
 * @property {{ min: readonly number[], max: readonly number[] }} bounds Where agents may be, world metres.
 * @property {Area} area What the picture shows, world metres.
 * @property {ImageBitmap | undefined} picture
 */

/**
 * One who is searching, or looks about.
 *
 * @typedef {object} Walker
 * @property {number | undefined} agentId
 * @property {PageLook[]} looks The way here.
 * @property {Pose} pose
 * @property {boolean} isChosen
 */

/**
 * What the map shows beside the place.
 *
 * @typedef {object} MapContent
 * @property {Walker[]} walkers
 * @property {{ x: number, y: number } | undefined} flag
 * @property {Polygon[] | undefined} seen Ground that was seen; what was not is veiled. Only ever grows, or starts anew.
 * @property {{ plan: FloorPlan, cells: Uint8Array } | undefined} unseen Floor that nobody saw, to be pointed out: cells of the plan that are 1.
 * @property {readonly Pose[]} starts Where agents will start, by their numbers.
 * @property {boolean} picks Whether pressing picks a pose, not a look.
 */

/** Pixels within which a look is pointed at. */
const reach = 12;

/** Pixels that a drag is long before it means a heading. */
const dragLength = 8;

/** Pixels round the place. */
const margin = 26;

export class MapView {
  /** @type {HTMLCanvasElement} */
  #canvas;
  /** @type {Place | undefined} */
  #place;
  /** @type {MapContent} */
  #content = {
    walkers: [],
    flag: undefined,
    seen: undefined,
    unseen: undefined,
    starts: [],
    picks: false,
  };
  #zoom = 1;
  /** @type {readonly [number, number] | undefined} */
  #centre;
  #colours = resolveColours();
  #mask = new SeenMask();
  #options;
  /** Asks for a drawing at the next frame. */
  redraw = oncePerFrame(() => this.#draw());

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {object} options
   * @param {(pose: { x: number, y: number, yaw?: number }) => void} options.onPick A pose was picked; without heading as yet if `yaw` is absent.
   * @param {(look: PageLook | undefined, x: number, y: number) => void} options.onPoint A look is pointed at, at these pixels of the canvas.
   * @param {(look: PageLook) => void} options.onChoose A look was pressed.
   */
  constructor(canvas, options) {
    this.#canvas = canvas;
    this.#options = options;
    new ResizeObserver(this.redraw).observe(canvas);
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#point(event));
    canvas.addEventListener(
      "pointerleave",
      () => this.#options.onPoint(undefined, 0, 0),
    );
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return; // A pinch; plain wheels scroll the page.
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY / 100), event.offsetX, event.offsetY);
    }, { passive: false });
  }

  /** @param {Place} place */
  setPlace(place) {
    this.#place = place;
    const { min, max } = place.area;
    this.#canvas.parentElement?.style.setProperty(
      "--place-aspect",
      `${(max[0] - min[0]) / (max[1] - min[1])}`,
    );
    this.redraw();
  }

  /** @param {MapContent} content */
  show(content) {
    this.#content = content;
    this.redraw();
  }

  /** The theme has changed. */
  restyle() {
    this.#colours = resolveColours();
    this.redraw();
  }

  /**
   * @param {number} factor
   * @param {number} [x] Pixels of what stays where it is.
   * @param {number} [y]
   */
  zoomBy(factor, x = this.#size.width / 2, y = this.#size.height / 2) {
    const before = this.#frame?.toWorld(x, y);
    this.#zoom = Math.min(Math.max(this.#zoom * factor, 1), 12);
    const after = this.#frame?.toWorld(x, y);
    if (before && after && this.#place) {
      const { x: cx, y: cy } = this.#frame?.toWorld(
        this.#size.width / 2,
        this.#size.height / 2,
      ) ?? { x: 0, y: 0 };
      this.#centre = [cx + before.x - after.x, cy + before.y - after.y];
    }
    if (this.#zoom === 1) this.#centre = undefined;
    this.redraw();
  }

  /** Shows all of the place. */
  fit() {
    this.#zoom = 1;
    this.#centre = undefined;
    this.redraw();
  }

  get #size() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    return { width, height };
  }

  get #frame() {
    if (this.#place === undefined) return undefined;
    return new MapFrame(this.#place.area, {
      ...this.#size,
      margin,
      zoom: this.#zoom,
      ...(this.#centre ? { centre: this.#centre } : {}),
    });
  }

  #draw() {
    const canvas = this.#canvas.getContext("2d");
    const [place, frame, { width, height }] = [
      this.#place,
      this.#frame,
      this.#size,
    ];
    if (canvas === null || place === undefined || frame === undefined) return;
    if (width === 0) return;
    const density = devicePixelRatio;
    this.#canvas.width = Math.round(width * density);
    this.#canvas.height = Math.round(height * density);
    canvas.setTransform(density, 0, 0, density, 0, 0);
    const colours = this.#colours;
    const pen = { canvas, frame, colours };
    const { walkers, flag, seen, unseen, starts } = this.#content;
    const { min, max } = place.area;
    const [left, top] = frame.toPixels({ x: min[0], y: max[1] });
    const across = (max[0] - min[0]) * frame.scale;
    const down = (max[1] - min[1]) * frame.scale;
    if (place.picture !== undefined) {
      canvas.imageSmoothingQuality = "high";
      canvas.drawImage(place.picture, left, top, across, down);
    }
    if (seen !== undefined) {
      const veil = this.#mask.veil(place.area, seen, colours.sunken);
      canvas.globalAlpha = 0.72;
      canvas.drawImage(veil, left, top, across, down);
      canvas.globalAlpha = 1;
    }
    if (unseen !== undefined) drawUnseen(pen, unseen);
    drawBounds(pen, place.bounds);
    drawScale(pen, { width, height });
    const chosenLast = walkers.toSorted((a, b) =>
      Number(a.isChosen) - Number(b.isChosen)
    );
    for (const { agentId, looks, isChosen } of chosenLast) {
      if (agentId !== undefined) drawWay(pen, agentId, looks, isChosen);
    }
    drawStarts(pen, starts);
    for (const { agentId, pose, isChosen } of chosenLast) {
      drawViewer(pen, pose, {
        ...(agentId === undefined ? {} : { agentId }),
        isChosen,
      });
    }
    if (flag !== undefined) drawFlag(pen, flag);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const frame = this.#frame;
    if (frame === undefined || event.button !== 0) return;
    const from = frame.toWorld(event.offsetX, event.offsetY);
    if (!this.#content.picks) {
      const look = this.#lookAt(event.offsetX, event.offsetY);
      if (look !== undefined) this.#options.onChoose(look);
      else this.#drag(event, (dx, dy) => this.#pan(dx, dy));
      return;
    }
    const at = this.#inside(from);
    this.#options.onPick(at);
    let across = 0;
    let down = 0;
    this.#drag(event, (dx, dy) => {
      across += dx;
      down += dy;
      if (Math.hypot(across, down) < dragLength) return;
      const yaw = Math.round(
        headingTo({ x: 0, y: 0 }, { x: across, y: -down }),
      );
      this.#options.onPick({ ...at, yaw: yaw % 360 });
    });
  }

  /**
   * Calls `onMove` with the pixels of each movement until the pointer is let go.
   *
   * @param {PointerEvent} event
   * @param {(dx: number, dy: number) => void} onMove
   */
  #drag({ pointerId, clientX, clientY }, onMove) {
    const canvas = this.#canvas;
    canvas.setPointerCapture(pointerId);
    let [x, y] = [clientX, clientY];
    /** @param {PointerEvent} event */
    const move = (event) => {
      onMove(event.clientX - x, event.clientY - y);
      [x, y] = [event.clientX, event.clientY];
    };
    const end = () => {
      canvas.removeEventListener("pointermove", move);
      canvas.removeEventListener("pointerup", end);
      canvas.removeEventListener("pointercancel", end);
    };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  #pan(dx, dy) {
    if (this.#zoom === 1) return;
    const { width, height } = this.#size;
    const at = this.#frame?.toWorld(width / 2 - dx, height / 2 - dy);
    if (at) this.#centre = [at.x, at.y];
    this.redraw();
  }

  /** @param {PointerEvent} event */
  #point({ offsetX, offsetY, pointerType }) {
    if (this.#content.picks || pointerType === "touch") return;
    const look = this.#lookAt(offsetX, offsetY);
    this.#canvas.style.cursor = look ? "pointer" : "";
    this.#options.onPoint(look, offsetX, offsetY);
  }

  /**
   * The look whose mark is nearest to these pixels, the chosen agent's first.
   *
   * @param {number} px
   * @param {number} py
   * @returns {PageLook | undefined}
   */
  #lookAt(px, py) {
    const frame = this.#frame;
    if (frame === undefined) return undefined;
    let best;
    let least = reach;
    for (const { looks, isChosen } of this.#content.walkers) {
      for (const look of looks) {
        const [x, y] = frame.toPixels(look.pose);
        const distance = Math.hypot(x - px, y - py) - (isChosen ? 3 : 0);
        if (distance <= least) [best, least] = [look, distance];
      }
    }
    return best;
  }

  /**
   * @param {{ x: number, y: number }} at
   * @returns {{ x: number, y: number }} rounded to centimetres
   */
  #inside({ x, y }) {
    const { min, max } = this.#place?.bounds ?? { min: [0, 0], max: [0, 0] };
    /** @type {(value: number, axis: number) => number} */
    const clamp = (value, axis) =>
      Math.round(
        Math.min(Math.max(value, min[axis] ?? 0), max[axis] ?? 0) * 100,
      ) / 100;
    return { x: clamp(x, 0), y: clamp(y, 1) };
  }
}
