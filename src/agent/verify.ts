/**
 * Checks a claimed find before it wins: looks at it from nearer and from other
 * sides, without drawing, and asks whether it really is the target.
 *
 * @module
 */

import type { TiltedPose } from "../geometry/pose.ts";
import { distanceBetween, wrapDegrees } from "../geometry/pose.ts";
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

/**
 * Where nearer is: so far that the target fits the picture `times`, but at
 * most this share of the distance of the first sight, and at least `least` metres.
 */
const NEAR = { least: 0.9, times: 1.4, share: 0.75 };

/** The middle third, where a policy that gives no box looks. */
const MIDDLE: PictureBox = [1 / 3, 1 / 3, 2 / 3, 2 / 3];

/** A view shows the place if the depth there is its distance but for this, metres and share. */
const SEEN = { metres: 0.4, share: 0.2 };

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
  for (const azimuth of AZIMUTHS) {
    if (looks.length === VIEWS) break;
    const viewpoint = poseTowards(pose, place, { azimuth, distance });
    // From where the claim was made nothing new would be seen.
    if (distanceBetween(viewpoint, pose) < 0.2) continue;
    if (!await isFree(viewpoint)) continue;
    const look = await eyes(viewpoint, signal);
    if (shows(look, place)) looks.push(look);
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

/** Whether nothing stands between: the depth in the middle is the distance. */
function shows({ view, pose }: Look, { position }: Place): boolean {
  const { width, height, depth } = view;
  const expected = Math.hypot(
    position[0] - pose.x,
    position[1] - pose.y,
    position[2] - pose.z,
  );
  const slack = Math.max(SEEN.metres, SEEN.share * expected);
  let seen = 0;
  let all = 0;
  for (let row = 0; row < 9; row++) {
    for (let column = 0; column < 9; column++) {
      const x = Math.floor(width * (0.4 + 0.2 * column / 8));
      const y = Math.floor(height * (0.4 + 0.2 * row / 8));
      all++;
      if (Math.abs(depth[y * width + x]! - expected) < slack) seen++;
    }
  }
  return seen / all > 0.25;
}
