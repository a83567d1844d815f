/**
 * Checks a claimed find before it wins: looks at it from nearer and from other
 * sides, without drawing, and asks whether it really is the target.
 *
 * @module
 */

import type { TiltedPose } from "../geometry/pose.ts";
import {
  distanceBetween,
  lookDirection,
  wrapDegrees,
} from "../geometry/pose.ts";
import { cross } from "../geometry/vector.ts";
import type { Policy, Verdict } from "../policy/policy.ts";
import { locate, type PictureBox, type Place } from "./locate.ts";
import type { Eyes, Look } from "./look.ts";

/** What an agent takes for the target. */
export interface Claim {
  /** Who claims it. */
  readonly agentId: number;
  /** Where it was seen. */
  readonly look: Look;
  readonly description: string;
  /** Where in the picture; the middle if the policy did not say. */
  readonly box?: PictureBox;
}

/** What checking needs. */
export interface VerifyOptions {
  readonly eyes: Eyes;
  /** Vertical field of view of the pictures, degrees. */
  readonly fov: number;
  /** Whether an agent could stand there; what cannot be known is free. */
  readonly isFree: (pose: TiltedPose) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Nearer views that are asked about. */
const VIEWS = 2;

/** Azimuths tried in turn, degrees from the line of the first sight: other sides first. */
const AZIMUTHS = [35, -35, 70, -70, 0, 110, -110];
/** Distances tried in turn, times what is nearer: in a narrow place a step back still shows another side. */
const STEPS_BACK = [1, 1.4];

/**
 * Where nearer is: so far that the target fits the picture `times`, but at
 * most this share of the distance of the first sight, and at least `least` metres.
 */
const NEAR = { least: 0.9, times: 1.4, share: 0.75 };

/** Viewpoints nearer to each other than this show nothing new, metres. */
const APART = 0.3;

/** The middle third, where a policy that gives no box looks. */
const MIDDLE: PictureBox = [1 / 3, 1 / 3, 2 / 3, 2 / 3];

/**
 * A view shows the place if so much of its middle lies in the claim's box or so
 * near to it: other sides of a thing stand out a little, a wall before it more.
 */
const SEEN = { metres: 0.2, share: 0.25 };
/** Samples along each side of the middle. */
const MIDDLE_SAMPLES = 9;

/**
 * Asks `policy` about up to two nearer views of what is claimed; about the
 * claim's own view where no nearer one is to be had.
 *
 * @throws The signal's reason if aborted.
 * @throws What the policy throws.
 */
export async function verify(
  claim: Claim,
  policy: Pick<Required<Policy>, "verify">,
  options: VerifyOptions,
): Promise<Verdict & { readonly views: number }> {
  const place = locate(
    { ...claim.look.view, pose: claim.look.pose, fov: options.fov },
    claim.box ?? MIDDLE,
  );
  const looks = place === undefined
    ? []
    : await nearerLooks(claim.look, place, options);
  const pictures = (looks.length > 0 ? looks : [claim.look]).map((look) => ({
    image: look.view,
    png: look.png,
    pose: look.pose,
  }));
  const verdict = await policy.verify(
    { description: claim.description, pictures },
    options.signal,
  );
  return { ...verdict, views: pictures.length };
}

async function nearerLooks(
  { pose }: Look,
  place: Place,
  { eyes, isFree, fov, signal }: VerifyOptions,
): Promise<Look[]> {
  const { min, max } = place.box;
  const extent = Math.hypot(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
  const whole = NEAR.times * extent / 2 / Math.tan(fov * Math.PI / 360) +
    extent / 2;
  const distance = Math.max(
    NEAR.least,
    Math.min(whole, NEAR.share * place.distance),
  );
  const looks: Look[] = [];
  for (const back of STEPS_BACK) {
    for (const azimuth of AZIMUTHS) {
      if (looks.length === VIEWS) return looks;
      const viewpoint = poseTowards(pose, place, {
        azimuth,
        distance: back * distance,
      });
      const isNew = [pose, ...looks.map(({ pose }) => pose)].every((known) =>
        distanceBetween(viewpoint, known) >= APART
      );
      if (!isNew || !await isFree(viewpoint)) continue;
      const look = await eyes(viewpoint, signal);
      if (shows(look, place, fov)) looks.push(look);
    }
  }
  return looks;
}

/** At eye height, `distance` from the place, looking at it. */
function poseTowards(
  from: TiltedPose,
  { position: [x, y, z] }: Place,
  { azimuth, distance }: { azimuth: number; distance: number },
): TiltedPose {
  const sight = Math.atan2(from.y - y, from.x - x) + azimuth * Math.PI / 180;
  const below = from.z - z;
  const level = Math.sqrt(
    Math.max(distance ** 2 - below ** 2, (distance / 2) ** 2),
  );
  return {
    x: x + level * Math.cos(sight),
    y: y + level * Math.sin(sight),
    z: from.z,
    yaw: wrapDegrees(sight * 180 / Math.PI + 180),
    pitch: -Math.atan2(below, level) * 180 / Math.PI,
  };
}

/** Whether nothing stands between: what the middle of the view shows lies where the claim is. */
function shows({ view, pose }: Look, { box }: Place, fov: number): boolean {
  const { width, height, depth } = view;
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const forward = lookDirection(pose);
  const yaw = pose.yaw * Math.PI / 180;
  const right = [Math.sin(yaw), -Math.cos(yaw), 0] as const;
  const down = cross(forward, right);
  let seen = 0;
  for (let row = 0; row < MIDDLE_SAMPLES; row++) {
    for (let column = 0; column < MIDDLE_SAMPLES; column++) {
      const x = Math.floor(width * middle(column));
      const y = Math.floor(height * middle(row));
      const ahead = depth[y * width + x]!;
      if (!(ahead > 0)) continue;
      const aside = (x + 0.5 - width / 2) / focal * ahead;
      const below = (y + 0.5 - height / 2) / focal * ahead;
      const isThere = [pose.x, pose.y, pose.z].every((from, axis) => {
        const at = from + ahead * forward[axis as 0] +
          aside * right[axis as 0] + below * down[axis as 0];
        return at > box.min[axis as 0] - SEEN.metres &&
          at < box.max[axis as 0] + SEEN.metres;
      });
      if (isThere) seen++;
    }
  }
  return seen >= SEEN.share * MIDDLE_SAMPLES ** 2;
}

/** Where sample `index` lies along a side of the picture, in its middle fifth. */
function middle(index: number): number {
  return 0.4 + 0.2 * index / (MIDDLE_SAMPLES - 1);
}
