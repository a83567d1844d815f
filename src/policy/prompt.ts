/**
 * What the model is told: once who it is, then at each turn where it stands.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Pose } from "../geometry/pose.ts";
import type { Observation, Picture } from "./policy.ts";
import type { Waypoint } from "./waypoints.ts";

/** What the system prompt tells of the search. */
export interface SystemPromptOptions {
  readonly query: string;
  readonly bounds: Bounds;
  /** Vertical field of view, degrees. */
  readonly fov: number;
  /** Agents that search at once. @default {1} */
  readonly numAgents?: number;
  /** Whether ways are numbered. @default {false} */
  readonly isNumbered?: boolean;
}

/**
 * The system prompt. The same for all agents of a run, so that a server
 * computes it once.
 */
export function systemPrompt(
  { query, bounds, fov, numAgents = 1, isNumbered = false }:
    SystemPromptOptions,
): string {
  const range = (axis: 0 | 1 | 2): string =>
    `${bounds.min[axis].toFixed(2)} to ${bounds.max[axis].toFixed(2)}`;
  return `You fly a camera through a 3D scan of a real place, looking for a target. Target: ${
    JSON.stringify(query)
  }

At each turn you get the picture from where you are, then your position and how many steps you have used. Decide what to do next.

World: right-handed, in metres. z is up. yaw is the direction you look in, in degrees, counter-clockwise seen from above: yaw 0 looks along +x, yaw 90 along +y. So at yaw w, going forward by d adds d*cos(w) to x and d*sin(w) to y; what is on the left of the picture lies towards yaw + ${
    Math.round(fov / 4)
  }. The picture shows about ${Math.round(fov)} degrees.
You may go to x ${range(0)}, y ${range(1)}, z ${
    range(2)
  }. Keep z near where you started unless you have a reason.

How to search: look around first (turn by 60 to 90 degrees a step), then go where you have not been, through doorways, around furniture; do not go through walls. One move may turn and go at once. When you think you see the target, go nearer until it is large and unmistakable. Beware of things that merely look alike.
${isNumbered ? WAY_RULES : ""}${numAgents > 1 ? teamRules(numAgents) : ""}
Answer with one JSON object and nothing else:
${isNumbered ? wayAnswers(numAgents) : poseAnswers(numAgents)}
"found": only if the target is clearly in this very picture; ${
    isNumbered ? "" : "repeat your position; "
  }left, top, right, bottom are its box in the picture, from 0 (left, top) to 1000 (right, bottom).`;
}

const BOX_FIELDS =
  '"description": "what and where the target is", "left": integer, "top": integer, "right": integer, "bottom": integer}';

function poseAnswers(numAgents: number): string {
  return `{"reasoning": "what you see and why you act, one or two sentences", "action": "move" or "found", "x": number, "y": number, "z": number, "yaw": number, ${BOX_FIELDS}
"move": x, y, z, yaw are where to be next, absolute; ${
    sightingRule(numAgents)
  }.`;
}

function wayAnswers(numAgents: number): string {
  return `{"reasoning": "what you see and why you act, one or two sentences", "action": "go", "turn", "move" or "found", "number": integer, "turn": integer, "x": number, "y": number, "z": number, "yaw": number, ${BOX_FIELDS}
"go": take the way "number" to its end and look on in its direction (of a way that the picture does not show: towards what is unseen there), turned by "turn" degrees: positive to the left, negative to the right, 0 as a rule.
"turn": stay where you are and turn by "turn" degrees; "number" is 0.
"move": only if no numbered way leads where you must be; x, y, z, yaw are absolute, "number" and "turn" 0. Leave x, y, z, yaw out otherwise.
For these three ${sightingRule(numAgents)}.`;
}

function sightingRule(numAgents: number): string {
  return numAgents > 1
    ? "description and the box only for something in this picture that may be the target but is too far or too hidden to tell: the others are told of it"
    : "leave out description and the box";
}

const WAY_RULES = `
Ways that you can go are numbered: arrows on the floor of the picture end in a disc with the number (of a short way only the disc is to be seen), yellow where they lead to floor that nobody has seen, white where they do not. They are not part of the place, and numbers hold for the newest picture alone. After your position all ways are listed, also those that this picture does not show: "unseen" ones lead to floor that nobody has seen.
`;

function teamRules(numAgents: number): string {
  return `
You are one of ${numAgents} agents that search at the same time, numbered from 0. After your position you are told what is new of the others. Spread out: search where nobody has looked and nobody is going. What another agent may have seen is for that agent to check, unless you are much nearer. Never claim what proved not to be the target.
`;
}

/**
 * The words that go with the picture of a turn.
 *
 * @param news of the team; nothing where it is empty
 */
export function turnText(
  { pose, step, totalSteps, note }: Observation,
  news = "",
): string {
  const { x, y, z, yaw } = pose;
  const words = `Position: (${x.toFixed(2)}, ${y.toFixed(2)}, ${
    z.toFixed(2)
  }), yaw=${yaw.toFixed(1)}. Step ${step}/${totalSteps}.`;
  return [words, note, news].filter(Boolean).join(" ");
}

/** The words for a panorama that the pictures of a turn begin with. */
export function aroundText(panorama: readonly Picture[]): string {
  const [{ x, y, z }] = panorama.map(({ pose }) => pose) as [Pose];
  return `The first ${panorama.length} pictures of this message were taken around the start (${
    x.toFixed(2)
  }, ${y.toFixed(2)}, ${z.toFixed(2)}), looking to yaw ${
    panorama.map(({ pose }) => pose.yaw.toFixed(0)).join(", ")
  }, each ${
    360 / panorama.length
  } degrees wide: together they are all that can be seen from there. The last picture is what you see now.`;
}

/** The ways that are numbered, in words. */
export function waysText(ways: readonly Waypoint[]): string {
  const lines = (isInPicture: boolean): string[] =>
    ways.filter((way) => way.isInPicture === isInPicture).map((way) =>
      `${way.number}: ${way.distance.toFixed(1)} m, ${
        bearingWords(way.bearing)
      }, ${way.isNew ? "unseen" : "seen"}${
        way.takenBy === undefined ? "" : `, left to agent ${way.takenBy}`
      }`
    );
  const [shown, hidden] = [lines(true), lines(false)];
  return [
    shown.length > 0
      ? "Ways on the floor of the picture:"
      : "No way is on the floor of the picture.",
    ...shown,
    ...(hidden.length > 0 ? ["Ways that the picture does not show:"] : []),
    ...hidden,
  ].join("\n");
}

function bearingWords(bearing: number): string {
  const degrees = Math.abs(Math.round(bearing));
  return degrees < 3
    ? "straight ahead"
    : `${degrees} degrees to the ${bearing > 0 ? "left" : "right"}${
      degrees > 120 ? " (behind you)" : ""
    }`;
}

/** What is asked about `count` nearer views of a claimed target. */
export function claimQuestion(
  { query, description, count }: {
    query: string;
    description: string;
    count: number;
  },
): string {
  return `Somebody searched for ${
    JSON.stringify(query)
  } and says to have found it: ${JSON.stringify(description)}. ${
    count > 1
      ? `These ${count} pictures show the place from nearer, from different sides.`
      : "This picture shows the place."
  } Is what was searched for really there? Answer yes only if it is unmistakable, not for things that merely look alike.`;
}
