/**
 * A furnished flat made in memory: what the program shows where no scene file
 * is given. It looks like a scan (flat splats along surfaces, baked light,
 * sheen that moves with the viewer, mild noise) and is the same to the byte for
 * the same seed; other seeds give other flats.
 *
 * @module
 */

import type { Bounds } from "../geometry/bounds.ts";
import type { Vector3 } from "../geometry/vector.ts";
import { LAMPLIGHT } from "./demo/decor.ts";
import { type DemoTarget, furnish, type Furnished } from "./demo/furnish.ts";
import { CEILING, type Layout, makeLayout } from "./demo/layout.ts";
import { type Lamp, Light } from "./demo/light.ts";
import { Model } from "./demo/model.ts";
import type { Piece, Standing } from "./demo/piece.ts";
import { Random } from "./demo/random.ts";
import { buildShell } from "./demo/shell.ts";
import { countSplats, DEMO_SH_DEGREE, paint } from "./demo/surface.ts";
import type { SceneFile } from "./scene_file.ts";
import { type SceneFrame, worldFromFile } from "./scene_frame.ts";
import { allocateSplats, type Splats } from "./splats.ts";

export type { DemoTarget } from "./demo/furnish.ts";

/** Options for {@linkcode makeDemoScene}. */
export interface DemoOptions {
  /** Of the start viewpoint above the floor, metres; pulled to where there is room. @default {1.5} */
  eyeHeight?: number;
  /** Rooms, an integer from 2 to 6. @default {drawn from the seed} */
  rooms?: number;
  /** Whether there is a red chair, none, or only things like it. @default {"present"} */
  target?: DemoTarget;
}

/** One thing in the flat. For tests and evaluation alone: no policy reads it. */
export interface DemoObject {
  /** As in the splats' object ids; from 1. */
  readonly id: number;
  /** What a person would call it: `red chair`. */
  readonly name: string;
  /** Without the colour: `chair`. */
  readonly kind: string;
  /** Colour word, where it has one. */
  readonly colour?: string;
  /** Where it stands: `kitchen`. */
  readonly room: string;
  /** Box around it in the world, metres. */
  readonly box: Bounds;
}

/** The flat, its frame, and what is in it. */
export interface DemoScene extends SceneFile {
  /** Painted when first asked for: frame and truth are there long before. */
  readonly splats: Splats;
  readonly frame: SceneFrame;
  readonly truth: readonly DemoObject[];
}

/** Height of the start viewpoint above the floor, metres. */
const EYE_HEIGHT = 1.5;
/** How near to a wall, floor or ceiling an agent may come, metres. */
const WALL_DISTANCE = 0.3;
/** Splats a flat gets: enough that nothing shows through at arm's length. */
const FEWEST_SPLATS = 190_000;
const MOST_SPLATS = 235_000;

/**
 * Makes the flat of `seed` (its low 32 bits count).
 *
 * @throws {RangeError} If `rooms` is not an integer from 2 to 6.
 */
export function makeDemoScene(
  seed = 1,
  { rooms, target = "present", eyeHeight = EYE_HEIGHT }: DemoOptions = {},
): DemoScene {
  if (
    rooms !== undefined &&
    !(Number.isInteger(rooms) && rooms >= 2 && rooms <= 6)
  ) {
    throw new RangeError(
      `Cannot make a demo scene as rooms must be an integer from 2 to 6: current value is ${rooms}`,
    );
  }
  const random = new Random(seed);
  const drawn = random.pick([3, 4, 4, 5]);
  const layout = makeLayout(random, rooms ?? drawn);
  const model = new Model();
  buildShell(model, layout, random);
  const furnished = furnish(layout, { random, target });
  const frame = frameOf(layout, { ...furnished.start, eyeHeight });
  const { lamps, truth } = buildPieces(model, {
    layout,
    furnished,
    frame,
    random,
  });
  const sun = sunOf(layout, furnished.start.room, random);
  const brushSeed = random.integer(1, 2 ** 30);
  let painted: Splats | undefined;
  return {
    get splats(): Splats {
      return painted ??= paintModel(model, { layout, lamps, sun, brushSeed });
    },
    format: "demo",
    version: `seed ${seed}`,
    fileShDegree: DEMO_SH_DEGREE,
    up: "+z",
    warnings: [],
    frame,
    truth,
  };
}

/** The splats of a model: what takes time. */
function paintModel(
  model: Model,
  { layout, lamps, sun, brushSeed }: {
    layout: Layout;
    lamps: readonly Lamp[];
    sun: Vector3;
    brushSeed: number;
  },
): Splats {
  const light = new Light(layout, { occluders: model.occluders, lamps, sun });
  const coarseness = chooseCoarseness(model);
  const splats = allocateSplats(
    countSplats(model.patches, coarseness),
    DEMO_SH_DEGREE,
    { withObjectIds: true },
  );
  paint(model.patches, splats, { light, coarseness, sun, seed: brushSeed });
  return splats;
}

/** Factor on all spacings that brings the number of splats between its limits. */
function chooseCoarseness(model: Model): number {
  let coarseness = 1;
  for (let round = 0; round < 4; round++) {
    const count = countSplats(model.patches, coarseness);
    if (count > MOST_SPLATS) {
      coarseness *= Math.sqrt(count / MOST_SPLATS) * 1.01;
    } else if (count < FEWEST_SPLATS) {
      coarseness *= Math.sqrt(count / FEWEST_SPLATS) / 1.01;
    } else break;
  }
  return coarseness;
}

function buildPieces(
  model: Model,
  { layout, furnished, frame, random }: {
    layout: Layout;
    furnished: Furnished;
    frame: SceneFrame;
    random: Random;
  },
): { lamps: Lamp[]; truth: DemoObject[] } {
  const lamps: Lamp[] = [];
  const truth: DemoObject[] = [];
  const build = (
    piece: Piece,
    room: number,
    placement: { x: number; y: number; z: number; yaw: number },
  ): void => {
    const id = truth.length + 1;
    const first = model.patches.length;
    model.begin(id, room, placement);
    piece.build(model, random);
    truth.push({
      id,
      name: piece.name,
      kind: piece.kind,
      ...(piece.colour === undefined ? {} : { colour: piece.colour }),
      room: layout.rooms[room]!.kind,
      box: boxOf(model, first, frame),
    });
    if (piece.light !== undefined) {
      lamps.push({
        room,
        position: [placement.x, placement.y, placement.z + piece.light.z],
        colour: LAMPLIGHT,
        power: piece.light.power,
      });
    }
    const [cosine, sine] = [Math.cos(placement.yaw), Math.sin(placement.yaw)];
    piece.upon?.forEach(({ piece: upper, x, y, z, yaw = 0 }: Standing) =>
      build(upper, room, {
        x: placement.x + cosine * x - sine * y,
        y: placement.y + sine * x + cosine * y,
        z: placement.z + z,
        yaw: placement.yaw + yaw,
      })
    );
  };
  for (const { piece, room, placement } of furnished.placed) {
    build(piece, room, placement);
  }
  return { lamps, truth };
}

/** World box around the patches from `first` on. */
function boxOf(model: Model, first: number, frame: SceneFrame): Bounds {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (const { corners } of model.patches.slice(first)) {
    for (let i = 0; i < 12; i += 3) {
      const point = worldFromFile(frame, [
        corners[i]!,
        corners[i + 1]!,
        corners[i + 2]!,
      ]);
      for (let axis = 0; axis < 3; axis++) {
        min[axis] = Math.min(min[axis]!, point[axis as 0]);
        max[axis] = Math.max(max[axis]!, point[axis as 0]);
      }
    }
  }
  return { min: min as unknown as Vector3, max: max as unknown as Vector3 };
}

function frameOf(
  { width, depth }: Layout,
  { x, y, heading, eyeHeight }: Furnished["start"] & { eyeHeight: number },
): SceneFrame {
  const height = Math.min(
    Math.max(eyeHeight, WALL_DISTANCE),
    CEILING - WALL_DISTANCE,
  );
  const [cosine, sine] = [
    Math.round(Math.cos(heading)),
    Math.round(Math.sin(heading)),
  ];
  const frame: SceneFrame = {
    up: "+z",
    metresPerUnit: 1,
    axes: [[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]],
    origin: [x, y, height],
    bounds: { min: [0, 0, 0], max: [0, 0, 0] },
    start: { x: 0, y: 0, z: 0, yaw: 0 },
    fov: 75,
    near: 0.05,
    reasons: ["up, scale and start are those of the made scene"],
    guessed: [],
  };
  const low = worldFromFile(frame, [
    WALL_DISTANCE,
    WALL_DISTANCE,
    WALL_DISTANCE,
  ]);
  const high = worldFromFile(frame, [
    width - WALL_DISTANCE,
    depth - WALL_DISTANCE,
    CEILING - WALL_DISTANCE,
  ]);
  const ends = (pick: (...values: number[]) => number): Vector3 => [
    pick(low[0], high[0]),
    pick(low[1], high[1]),
    pick(low[2], high[2]),
  ];
  return { ...frame, bounds: { min: ends(Math.min), max: ends(Math.max) } };
}

/** Towards the sun: it shines through a window of `room` where it has one. */
function sunOf(
  { rooms, openings }: Layout,
  room: number,
  random: Random,
): readonly [number, number, number] {
  const windows = [...rooms[room]!.openings, ...openings].filter(({ kind }) =>
    kind === "window"
  );
  const window = windows[0]!;
  const outwards = window.rooms[0] < 0 ? -1 : 1;
  const facing = window.axis === 0
    ? (outwards > 0 ? 0 : Math.PI)
    : outwards * Math.PI / 2;
  const azimuth = facing +
    random.between(0.25, 0.65) * (random.chance(0.5) ? 1 : -1);
  const elevation = random.between(0.5, 0.68);
  return [
    Math.cos(elevation) * Math.cos(azimuth),
    Math.cos(elevation) * Math.sin(azimuth),
    Math.sin(elevation),
  ];
}
