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
import { cross, dot, subtract, type Vector3 } from "../geometry/vector.ts";
import type { Policy, Verdict } from "../policy/policy.ts";
import { locate, type PictureBox, type Place, pointsIn } from "./locate.ts";
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

/** A view shows a place if so much of what the claim's view shows of it is where it should be, but for so many metres. */
const SEEN = { metres: 0.1, share: 0.3 };

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
  const looks = await nearerLooks(claim, options);
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
  { look: { view, pose }, box = MIDDLE }: Claim,
  { eyes, isFree, fov, signal }: VerifyOptions,
): Promise<Look[]> {
  const picture = { ...view, pose, fov };
  const place = locate(picture, box);
  if (place === undefined) return [];
  const points = pointsIn(picture, box);
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
      if (showsAgain(look, points, fov)) looks.push(look);
    }
  }
  // Nowhere else to stand: at least straight at it, as a level view may show it at its edge.
  const look = await eyes(turnedTo(pose, place.position), signal);
  if (showsAgain(look, points, fov)) looks.push(look);
  return looks;
}

/** From the same position straight at a place. */
function turnedTo(from: TiltedPose, [x, y, z]: Vector3): TiltedPose {
  const [dx, dy] = [x - from.x, y - from.y];
  return {
    ...from,
    yaw: wrapDegrees(Math.atan2(dy, dx) * 180 / Math.PI),
    pitch: Math.atan2(z - from.z, Math.hypot(dx, dy)) * 180 / Math.PI,
  };
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

/** Whether a view shows again what the claim's view showed: enough of its points, with nothing before them. */
function showsAgain(
  { view, pose }: Look,
  points: readonly Vector3[],
  fov: number,
): boolean {
  const { width, height, depth } = view;
  const focal = height / 2 / Math.tan(fov * Math.PI / 360);
  const forward = lookDirection(pose);
  const yaw = pose.yaw * Math.PI / 180;
  const right = [Math.sin(yaw), -Math.cos(yaw), 0] as const;
  const down = cross(forward, right);
  const eye = [pose.x, pose.y, pose.z] as const;
  const seen = points.filter((point) => {
    const from = subtract(point, eye);
    const ahead = dot(from, forward);
    if (ahead <= 0) return false;
    const x = Math.floor(width / 2 + dot(from, right) / ahead * focal);
    const y = Math.floor(height / 2 + dot(from, down) / ahead * focal);
    return x >= 0 && x < width && y >= 0 && y < height &&
      Math.abs(depth[y * width + x]! - ahead) <= SEEN.metres;
  });
  return seen.length >= SEEN.share * points.length;
}
