/**
 * The picture that a model gets to choose a way from: arrows on the floor, and
 * a number at the end of each.
 *
 * @module
 */

import { digitShape } from "../image/digits.ts";
import { disc, fill, outline, type Point, polygon } from "../image/draw.ts";
import type { Image } from "../image/image.ts";
import { moved } from "../geometry/pose.ts";
import { FloorPicture } from "./floor_picture.ts";
import type { Observation } from "./policy.ts";
import type { Waypoint } from "./waypoints.ts";

/** Yellow for ways that show something new, white for the others. */
const COLOUR = {
  new: [255, 214, 0],
  seen: [255, 255, 255],
  ink: [0, 0, 0],
} as const;
/** Radius of a number's disc, in parts of the picture's height, and the least in pixels. */
const DISC = { share: 0.042, least: 11.5 };
/** Height of a number, in parts of its disc's radius. */
const DIGIT = 1.1;
/** An arrow on the floor, metres: half its width, half its head's, its head's length. */
const ARROW = { half: 0.045, head: 0.16, tip: 0.4 };
/** Where on its way an arrow begins, in parts of the way: nearer it would only hide the picture. */
const BEGIN = 0.45;
/** The floor shows through. */
const OPACITY = 0.8;

/** `observation`'s picture with its ways; a copy. */
export function drawWaypoints(
  observation: Observation,
  waypoints: readonly Waypoint[],
  floor: number,
): Image {
  const { image } = observation;
  const drawn: Image = { ...image, data: image.data.slice() };
  const picture = new FloorPicture(observation, floor);
  const shown = waypoints.filter(({ isInPicture }) => isInPicture)
    // The far ones first: what is nearer lies over them.
    .sort((a, b) => b.distance - a.distance);
  for (const way of shown) drawArrow(drawn, way, { observation, picture });
  for (const way of shown) drawNumber(drawn, way, picture);
  return drawn;
}

function drawArrow(
  image: Image,
  { pose: end, distance, isNew }: Waypoint,
  { observation: { pose }, picture }: {
    observation: Observation;
    picture: FloorPicture;
  },
): void {
  const bearing = (end.yaw - pose.yaw) * Math.PI / 180;
  const first = Math.max(
    BEGIN * distance,
    picture.nearest / Math.cos(bearing) + 0.01,
  );
  const neck = distance - ARROW.tip;
  if (first >= neck) return; // The number alone says it.
  const at = (along: number, aside: number): Point =>
    picture.project(
      moved(moved(pose, end.yaw, along), end.yaw + 90, aside),
    );
  const shape = polygon([
    at(first, ARROW.half),
    at(neck, ARROW.half),
    at(neck, ARROW.head),
    at(distance, 0),
    at(neck, -ARROW.head),
    at(neck, -ARROW.half),
    at(first, -ARROW.half),
  ]);
  const colour = isNew ? COLOUR.new : COLOUR.seen;
  fill(image, shape, { colour, opacity: OPACITY });
  fill(image, outline(shape, 1.5), { colour: COLOUR.ink, opacity: OPACITY });
}

/** A disc that stands on the end of the way, wholly within the picture. */
function drawNumber(
  image: Image,
  { number, pose, isNew }: Waypoint,
  picture: FloorPicture,
): void {
  const radius = Math.max(DISC.least, DISC.share * image.height);
  const [u, v] = picture.project(pose);
  const middle: Point = [
    Math.min(Math.max(u, radius + 1), image.width - radius - 1),
    Math.min(v - radius, image.height - radius - 2),
  ];
  const shape = disc(middle, radius);
  fill(image, shape, { colour: isNew ? COLOUR.new : COLOUR.seen });
  fill(image, outline(shape, Math.max(1.5, radius / 8)), {
    colour: COLOUR.ink,
  });
  fill(image, digitShape(number, middle, DIGIT * radius), {
    colour: COLOUR.ink,
  });
}
