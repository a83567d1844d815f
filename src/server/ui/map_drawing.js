/**
 * What is drawn on the map, mark by mark. All sizes in CSS pixels.
 *
 * @module
 */

import { isSquare } from "./agent_style.js";
import { metres } from "./words.js";
import { roundLength } from "./map_frame.js";

/** @import { Pose } from "../../geometry/pose.ts" */
/** @import { FloorPlan } from "../../map/floor_plan.ts" */
/** @import { Colours } from "./agent_style.js" */
/** @import { MapFrame } from "./map_frame.js" */

/**
 * What marks are drawn with.
 *
 * @typedef {object} Pen
 * @property {CanvasRenderingContext2D} canvas
 * @property {MapFrame} frame
 * @property {Colours} colours
 */

/** Light round every mark: it must be seen on any picture. */
const rim = "rgb(255 255 255 / 92%)";

/** So many looks of a way are drawn plainly. */
const latest = 6;

/** Half the angle of a drawn view, radians; agents see 75 degrees. */
const halfView = 37.5 * Math.PI / 180;

/**
 * @param {Pen} pen
 * @param {{ min: readonly number[], max: readonly number[] }} bounds
 */
export function drawBounds({ canvas, frame, colours }, { min, max }) {
  const [left, top] = frame.toPixels({ x: min[0] ?? 0, y: max[1] ?? 0 });
  const [right, bottom] = frame.toPixels({ x: max[0] ?? 0, y: min[1] ?? 0 });
  canvas.setLineDash([5, 4]);
  canvas.lineWidth = 1;
  canvas.strokeStyle = colours.line;
  canvas.strokeRect(left, top, right - left, bottom - top);
  canvas.setLineDash([]);
}

/**
 * A way with a mark at each look: the latest plainly and with headings, what
 * is older faintly.
 *
 * @param {Pen} pen
 * @param {number} agentId
 * @param {readonly { pose: Pose }[]} looks
 * @param {boolean} isChosen
 */
export function drawWay({ canvas, frame, colours }, agentId, looks, isChosen) {
  const colour = colourOf(colours, agentId);
  const points = looks.map(({ pose }) => frame.toPixels(pose));
  const first = Math.max(points.length - latest, 0);
  const old = points.slice(0, first);
  canvas.lineJoin = "round";
  canvas.lineCap = "round";
  canvas.globalAlpha = isChosen ? 0.7 : 0.4;
  strokeAlong(canvas, points.slice(0, first + 1), rim, isChosen ? 3 : 2);
  strokeAlong(canvas, points.slice(0, first + 1), colour, isChosen ? 1.5 : 1);
  for (const [x, y] of old) {
    disc(canvas, x, y, isChosen ? 2 : 1.5, colour, isChosen ? 2 : 1);
  }
  canvas.globalAlpha = isChosen ? 1 : 0.75;
  strokeAlong(canvas, points.slice(first), rim, isChosen ? 5 : 3);
  strokeAlong(canvas, points.slice(first), colour, isChosen ? 2.5 : 1.5);
  const radius = isChosen ? 3.5 : 2.5;
  for (let i = first; i < looks.length; i++) {
    const [pose, at] = [looks[i]?.pose, points[i]];
    if (pose === undefined || at === undefined) continue;
    const radians = pose.yaw * Math.PI / 180;
    const reach = radius + (isChosen ? 6 : 4);
    /** @type {[number, number]} */
    const end = [
      at[0] + reach * Math.cos(radians),
      at[1] - reach * Math.sin(radians),
    ];
    strokeAlong(canvas, [at, end], rim, 3.5);
    strokeAlong(canvas, [at, end], colour, 1.5);
    disc(canvas, ...at, radius, colour, 1.5);
  }
  canvas.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} canvas
 * @param {readonly [number, number][]} points
 * @param {string} style
 * @param {number} width
 */
function strokeAlong(canvas, points, style, width) {
  canvas.strokeStyle = style;
  canvas.lineWidth = width;
  canvas.beginPath();
  for (const [x, y] of points) canvas.lineTo(x, y);
  canvas.stroke();
}

/**
 * Floor that nobody saw.
 *
 * @param {Pen} pen
 * @param {{ plan: FloorPlan, cells: Uint8Array }} unseen 1 for such a cell.
 */
export function drawUnseen({ canvas, frame, colours }, { plan, cells }) {
  const { min, cell, columns } = plan;
  const side = cell * frame.scale;
  canvas.fillStyle = colours.signal;
  canvas.globalAlpha = 0.35;
  canvas.beginPath();
  cells.forEach((isUnseen, index) => {
    if (isUnseen !== 1) return;
    const [x, y] = frame.toPixels({
      x: min[0] + (index % columns) * cell,
      y: min[1] + (Math.floor(index / columns) + 1) * cell,
    });
    canvas.rect(x, y, side, side);
  });
  canvas.fill();
  canvas.globalAlpha = 1;
}

/**
 * Where somebody stands and looks: a numbered mark and the view's angle.
 *
 * @param {Pen} pen
 * @param {Pose} pose
 * @param {{ agentId?: number, isChosen?: boolean }} options
 */
export function drawViewer(pen, pose, { agentId, isChosen = true }) {
  const { canvas, frame, colours } = pen;
  const [x, y] = frame.toPixels(pose);
  const colour = agentId === undefined
    ? colours.signal
    : colourOf(colours, agentId);
  drawView(pen, pose, colour, isChosen ? 46 : 30);
  const radius = isChosen ? 10 : 8;
  if (agentId === undefined) disc(canvas, x, y, radius, colour, 2);
  else drawNumber(pen, [x, y], { agentId, radius });
}

/**
 * The angle that is seen from a pose.
 *
 * @param {Pen} pen
 * @param {Pose} pose
 * @param {string} colour
 * @param {number} reach
 */
function drawView({ canvas, frame }, pose, colour, reach) {
  const [x, y] = frame.toPixels(pose);
  const radians = pose.yaw * Math.PI / 180;
  canvas.beginPath();
  canvas.moveTo(x, y);
  canvas.arc(x, y, reach, -radians - halfView, -radians + halfView);
  canvas.closePath();
  const glow = canvas.createRadialGradient(x, y, 0, x, y, reach);
  glow.addColorStop(0, colour);
  glow.addColorStop(1, "rgb(255 255 255 / 0%)");
  canvas.globalAlpha = 0.8;
  canvas.fillStyle = glow;
  canvas.fill();
  canvas.globalAlpha = 0.55;
  canvas.lineWidth = 1;
  canvas.strokeStyle = rim;
  canvas.stroke();
  canvas.globalAlpha = 1;
}

/**
 * An agent's number on its colour and shape.
 *
 * @param {Pen} pen
 * @param {readonly [number, number]} at
 * @param {{ agentId: number, radius: number }} options
 */
function drawNumber({ canvas, colours }, [x, y], { agentId, radius }) {
  const colour = colourOf(colours, agentId);
  if (isSquare(agentId)) {
    canvas.beginPath();
    canvas.roundRect(x - radius, y - radius, 2 * radius, 2 * radius, 4);
    canvas.fillStyle = colour;
    canvas.strokeStyle = rim;
    canvas.lineWidth = 2;
    canvas.fill();
    canvas.stroke();
  } else disc(canvas, x, y, radius, colour, 2);
  canvas.fillStyle = "#fff";
  canvas.font = `600 ${1.15 * radius}px ui-monospace, monospace`;
  canvas.textAlign = "center";
  canvas.textBaseline = "middle";
  canvas.fillText(`${agentId}`, x, y + 0.5);
}

/**
 * Where agents will start, and which of them will look where.
 *
 * @param {Pen} pen
 * @param {readonly Pose[]} poses By the agents' numbers, all at one place.
 */
export function drawStarts(pen, poses) {
  const { canvas, frame, colours } = pen;
  poses.toReversed().forEach((pose, index) => {
    drawView(pen, pose, colourOf(colours, poses.length - 1 - index), 50);
  });
  const [start] = poses;
  if (start === undefined) return;
  const [x, y] = frame.toPixels(start);
  disc(canvas, x, y, 5, colours.signal, 2.5);
  const ring = Math.max(34, poses.length * 4);
  poses.forEach(({ yaw }, agentId) => {
    const radians = yaw * Math.PI / 180;
    const [px, py] = [
      x + ring * Math.cos(radians),
      y - ring * Math.sin(radians),
    ];
    drawNumber(pen, [px, py], { agentId, radius: 9 });
  });
}

/**
 * A flag where the target is.
 *
 * @param {Pen} pen
 * @param {{ x: number, y: number }} place
 */
export function drawFlag({ canvas, frame, colours }, place) {
  const [x, y] = frame.toPixels(place);
  canvas.lineJoin = "round";
  canvas.lineCap = "round";
  for (
    const [style, width] of /** @type {[string, number][]} */ ([
      [rim, 7],
      [colours.signal, 2.5],
    ])
  ) {
    canvas.strokeStyle = style;
    canvas.fillStyle = style;
    canvas.lineWidth = width;
    canvas.beginPath();
    canvas.moveTo(x, y);
    canvas.lineTo(x, y - 26);
    canvas.lineTo(x + 16, y - 20.5);
    canvas.lineTo(x, y - 15);
    canvas.stroke();
    canvas.fill();
  }
  disc(canvas, x, y, 3.5, colours.signal, 2);
}

/**
 * A scale at the lower left.
 *
 * @param {Pen} pen
 * @param {{ width: number, height: number }} size
 */
export function drawScale({ canvas, frame, colours }, { width, height }) {
  const length = roundLength(0.24 * width / frame.scale);
  const [left, base] = [14, height - 14];
  const right = left + length * frame.scale;
  canvas.lineCap = "butt";
  for (
    const [style, thick] of /** @type {[string, number][]} */ ([
      [colours.sunken, 4.5],
      [colours.ink, 1.5],
    ])
  ) {
    canvas.strokeStyle = style;
    canvas.lineWidth = thick;
    canvas.beginPath();
    canvas.moveTo(left, base - 5);
    canvas.lineTo(left, base);
    canvas.lineTo(right, base);
    canvas.lineTo(right, base - 5);
    canvas.stroke();
  }
  const text = `${Number(metres(length)) || length} m`;
  canvas.font = "600 11.5px ui-sans-serif, system-ui, sans-serif";
  canvas.textAlign = "left";
  canvas.textBaseline = "alphabetic";
  canvas.lineWidth = 3.5;
  canvas.lineJoin = "round";
  canvas.strokeStyle = colours.sunken;
  canvas.strokeText(text, left + 5, base - 5);
  canvas.fillStyle = colours.ink;
  canvas.fillText(text, left + 5, base - 5);
}

/**
 * @param {Colours} colours
 * @param {number} agentId
 */
export function colourOf({ agents, ink }, agentId) {
  return agents[agentId % agents.length] ?? ink;
}

/**
 * @param {CanvasRenderingContext2D} canvas
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} colour
 * @param {number} border
 */
function disc(canvas, x, y, radius, colour, border) {
  canvas.beginPath();
  canvas.arc(x, y, radius, 0, 2 * Math.PI);
  canvas.fillStyle = colour;
  canvas.strokeStyle = rim;
  canvas.lineWidth = border;
  canvas.stroke();
  canvas.fill();
}
