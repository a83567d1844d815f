/**
 * An episode's flat, ready to be searched: its renderer, its truth, and the
 * shortest way to a view that counts.
 *
 * @module
 */

import { distanceToBox } from "../geometry/bounds.ts";
import { type Pose, wrapDegrees } from "../geometry/pose.ts";
import { findFreeSpace } from "../map/find_free_space.ts";
import { FreeSpace } from "../map/free_space.ts";
import { makeOccupancy } from "../map/occupancy.ts";
import { cameraAtPose } from "../render/camera.ts";
import { createCpuRenderer } from "../render/cpu/cpu_renderer.ts";
import { type DemoScene, makeDemoScene } from "../scene/demo_scene.ts";
import { type Episode, TARGET_NAME } from "./episode.ts";
import { isInView, WITHIN } from "./judge.ts";
import { type Truth, TruthRenderer } from "./truth.ts";
import { Ways } from "./ways.ts";

/** Pixels along each side of the pictures. */
export const PICTURE_SIZE = 256;

/** Things that are red, or chairs of a colour near red. */
const LOOK_ALIKES =
  /^(orange|pink) chair$|^red (stool|side table|armchair|sofa)$/;
/** Viewpoints nearer to each other than this are not both tried, metres. */
const SPACING = 0.15;

/** A way to a view that counts. */
export interface Goal {
  readonly pose: Pose;
  /** Metres of the shortest way there over free ground. */
  readonly metres: number;
}

/** One flat. */
export interface Place extends AsyncDisposable {
  readonly episode: Episode;
  readonly scene: DemoScene;
  readonly renderer: TruthRenderer;
  readonly space: FreeSpace;
  readonly ways: Ways;
  readonly truth: Truth;
  /** Nearest view that counts; none if the target is absent. */
  readonly goal: Goal | undefined;
}

/** Flats that are passed over before a list is taken to be broken. */
const MOST_ATTEMPTS = 9;
/** Seeds between a flat and the one that takes its place: no list of up to so many episodes has those. */
const NEXT_SEED = 1000;

/**
 * Builds the flat of `episode`. Where its target stands so that nobody can look
 * at it from within a metre, the flat is passed over for the next.
 *
 * @throws {Error} If there is no flat to search.
 */
export async function openPlace(
  episode: Episode,
  signal: AbortSignal,
): Promise<Place> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const seed = episode.seed + attempt * NEXT_SEED;
    const place = await openFlat({ ...episode, seed }, signal);
    if (place !== undefined) return place;
  }
  throw new Error(
    `Cannot search a flat as its target must be reachable: no seed like ${episode.seed} has one`,
  );
}

async function openFlat(
  episode: Episode,
  signal: AbortSignal,
): Promise<Place | undefined> {
  const { seed, rooms, target } = episode;
  const scene = makeDemoScene(seed, { rooms, target });
  const { splats, frame } = scene;
  const space = findFreeSpace(
    await makeOccupancy(splats, frame, { signal }),
    { start: frame.start, bounds: frame.bounds },
  );
  if (!(space instanceof FreeSpace)) return undefined;
  const ways = new Ways(space, frame.start);
  // One thread an episode: others run beside it.
  const renderer = new TruthRenderer(
    await createCpuRenderer(splats, { threads: 1, signal }),
  );
  let isKept = false;
  try {
    const truth: Truth = {
      targets: scene.truth.filter(({ name }) => name === TARGET_NAME),
      lookAlikes: scene.truth.filter(({ name }) => LOOK_ALIKES.test(name)),
      idsOf: (image) => renderer.idsOf(image),
    };
    const base = { episode, scene, renderer, space, ways, truth };
    const goal = await findGoal(base, signal);
    isKept = target !== "present" || goal !== undefined;
    return isKept
      ? {
        ...base,
        goal,
        [Symbol.asyncDispose]: () => renderer[Symbol.asyncDispose](),
      }
      : undefined;
  } finally {
    if (!isKept) await renderer[Symbol.asyncDispose]();
  }
}

/** The free position with the shortest way from which a look counts. */
async function findGoal(
  { scene: { frame }, renderer, space: { grid }, ways, truth }: Pick<
    Place,
    "scene" | "renderer" | "space" | "ways" | "truth"
  >,
  signal: AbortSignal,
): Promise<Goal | undefined> {
  const { start } = frame;
  const candidates: Goal[] = [];
  for (const target of truth.targets) {
    const { min, max } = target.box;
    const [tx, ty] = [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2];
    for (const cell of ways.cells) {
      const [x, y] = [grid.x(cell), grid.y(cell)];
      const metres = ways.fromStart.distance(cell);
      if (distanceToBox(target.box, { x, y }) > WITHIN) continue;
      const yaw = wrapDegrees(Math.atan2(ty - y, tx - x) * 180 / Math.PI);
      candidates.push({ pose: { x, y, z: start.z, yaw }, metres });
    }
  }
  candidates.sort((a, b) => a.metres - b.metres);
  const tried: Pose[] = [];
  for (const goal of candidates) {
    const { x, y } = goal.pose;
    if (tried.some((old) => Math.hypot(old.x - x, old.y - y) < SPACING)) {
      continue;
    }
    tried.push(goal.pose);
    const view = await renderer.render(
      cameraAtPose(frame, goal.pose, {
        width: PICTURE_SIZE,
        height: PICTURE_SIZE,
      }),
      { signal },
    );
    if (isInView(view, truth)) return goal;
  }
  return undefined;
}
