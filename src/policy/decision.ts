/**
 * What the model may answer, and how its answers are understood.
 *
 * @module
 */

import { type Pose, turned, wrapDegrees } from "../geometry/pose.ts";
import type { ChatReply, ChatSchema } from "../vlm/chat.ts";
import { jsonObjects, spokenText } from "../vlm/lenient_json.ts";
import type { Decision } from "./policy.ts";
import { MOST_WAYPOINTS, type Waypoint } from "./waypoints.ts";

/** Metres; beyond any scan, and bounded so that a grammar cannot run on in digits. */
const FARTHEST = 1000;
/** Steps of the box's coordinates across the picture. */
const BOX_UNIT = 1000;
/** Share of the picture: what fills more is not far off, and its box is no more than a habit. */
const MOST_OF_SIGHTING = 0.5;
/** Characters of reasoning and description that are kept. */
const MAX_TEXT = 2000;

const coordinate = {
  type: "number",
  minimum: -FARTHEST,
  maximum: FARTHEST,
} as const;
const pose = {
  x: coordinate,
  y: coordinate,
  z: coordinate,
  yaw: { type: "number", minimum: -360, maximum: 360 },
} as const;
const boxSide = { type: "integer", minimum: 0, maximum: BOX_UNIT } as const;

const target = {
  description: { type: "string", maxLength: 300 },
  left: boxSide,
  top: boxSide,
  right: boxSide,
  bottom: boxSide,
} as const;
const reasoning = { type: "string", maxLength: 400 } as const;

/**
 * Flat and constant: a server compiles it once. Bounded numbers and short
 * strings, as unbounded ones are where constrained decoding loops; no oneOf, no
 * pattern, which vLLM's grammar backends refuse or take loosely.
 */
export const DECISION_SCHEMA: ChatSchema = {
  name: "decision",
  schema: {
    type: "object",
    properties: {
      reasoning,
      action: { type: "string", enum: ["move", "found"] },
      ...pose,
      ...target,
    },
    required: ["reasoning", "action", "x", "y", "z", "yaw"],
    additionalProperties: false,
  },
};

/** The same where ways are numbered. */
export const WAYPOINT_SCHEMA: ChatSchema = {
  name: "waypoint_decision",
  schema: {
    type: "object",
    properties: {
      reasoning,
      action: { type: "string", enum: ["go", "turn", "move", "found"] },
      number: { type: "integer", minimum: 0, maximum: MOST_WAYPOINTS },
      turn: { type: "integer", minimum: -180, maximum: 180 },
      ...pose,
      ...target,
    },
    required: ["reasoning", "action", "number", "turn"],
    additionalProperties: false,
  },
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * The decision in `reply`, undefined if it holds none: the first object with a
 * known action in what was said.
 *
 * @param pose where the agent stands; fields that are no finite number keep its value
 * @param ways that are numbered; without any, an answer that takes a number or a turn is none
 */
export function readDecision(
  reply: Pick<ChatReply, "text" | "reasoning">,
  pose: Pose,
  ways?: readonly Pick<Waypoint, "number" | "pose">[],
): Exclude<Decision, { action: "unreadable" }> | undefined {
  for (const fields of jsonObjects(spokenText(reply))) {
    switch (actionOf(fields, ways !== undefined)) {
      case "move":
        return moveTo(poseOf(fields, pose), fields);
      case "turn":
        return moveTo(turned(pose, numberOf(fields.turn) ?? 0), fields);
      case "go": {
        const way = ways?.find(({ number }) => number === wayOf(fields));
        if (way === undefined) return undefined;
        return moveTo(turned(way.pose, numberOf(fields.turn) ?? 0), fields);
      }
      case "found": {
        const box = boxOf(fields);
        return {
          action: "found",
          description: textOf(fields.description) || textOf(fields.reasoning),
          ...(box === undefined ? {} : { box }),
        };
      }
    }
  }
  return undefined;
}

/** The action that is meant; a bare number is one where ways have numbers. */
function actionOf(fields: Fields, isNumbered: boolean): string {
  const action = textOf(fields.action).trim().toLowerCase();
  if (!isNumbered) return action === "move" || action === "found" ? action : "";
  return ["go", "turn", "move", "found"].includes(action) ||
      wayOf(fields) === undefined
    ? action
    : "go";
}

/** The number of a way, also where it stands for the action. */
function wayOf({ number, action }: Fields): number | undefined {
  return numberOf(number) ?? numberOf(action);
}

function moveTo(
  pose: Pose,
  fields: Fields,
): Extract<Decision, { action: "move" }> {
  return {
    action: "move",
    pose,
    reasoning: textOf(fields.reasoning),
    ...sightingOf(fields),
  };
}

function poseOf(fields: Fields, pose: Pose): Pose {
  const field = (key: keyof Pose): number => numberOf(fields[key]) ?? pose[key];
  return {
    x: field("x"),
    y: field("y"),
    z: field("z"),
    yaw: wrapDegrees(field("yaw")),
  };
}

/** A finite number, also from a string such as "1.5 m" or "90°". */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string"
    ? Number(
      value.trim().replace(/\s*(m|metres?|meters?|deg|degrees?|°)$/i, "") ||
        NaN,
    )
    : value;
  return typeof number === "number" && Number.isFinite(number)
    ? number
    : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string"
    ? value.slice(0, MAX_TEXT).toWellFormed()
    : "";
}

/** What a move tells of something afar; nothing without words or a box of its own. */
function sightingOf(
  fields: Fields,
): Pick<Extract<Decision, { action: "move" }>, "sighting"> {
  const box = boxOf(fields);
  const description = textOf(fields.description);
  if (box === undefined || description.trim() === "") return {};
  const area = (box[2] - box[0]) * (box[3] - box[1]);
  return area > MOST_OF_SIGHTING ? {} : { sighting: { description, box } };
}

/** Left, top, right, bottom in [0, 1]; undefined unless it encloses something. */
function boxOf(
  fields: Fields,
): readonly [number, number, number, number] | undefined {
  const side = (key: string): number =>
    Math.min(Math.max((numberOf(fields[key]) ?? NaN) / BOX_UNIT, 0), 1);
  const box = [
    side("left"),
    side("top"),
    side("right"),
    side("bottom"),
  ] as const;
  return box[0] < box[2] && box[1] < box[3] ? box : undefined;
}
