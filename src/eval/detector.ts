/**
 * A *simulated* detector: it looks the answer up in the object ids and then
 * errs at stated rates. It stands in for a model where none is at hand; what is
 * measured with it is geometry, memory, checking and teamwork, not sight.
 *
 * @module
 */

import type { PictureBox } from "../agent/locate.ts";
import type { Pose } from "../geometry/pose.ts";
import type { Image } from "../image/image.ts";
import { randomFor } from "./seeds.ts";
import type { Truth } from "./truth.ts";

/** How well it sees. */
export interface DetectorRates {
  /** Share of the views with enough of the target in which it reports it. */
  readonly hits: number;
  /** Share of the views in which it would report something else as the target. */
  readonly falseAlarms: number;
}

/** Of the targets. */
export const DEFAULT_RATES: DetectorRates = { hits: 0.9, falseAlarms: 0.02 };

/**
 * Shares of a picture that the target's visible pixels must fill to be seen at
 * all, and to be seen at the full rate: 20 and 200 pixels of 256x256, at which
 * a chair is 20 m and 6 m off. Between them the rate rises evenly.
 */
const FAINTEST = 0.0003;
const PLAIN = 0.003;
/** Of a thing that is mistaken for the target, at least as much is in view. */
const MISTAKEN = PLAIN;

/** What is reported of a view. */
export interface Detection {
  /** Round what was taken for the target. */
  readonly box: PictureBox;
  /** For tests and the tables; no policy acts on it. */
  readonly isTrue: boolean;
}

/** A picture and where it was taken. */
export interface Seen {
  readonly image: Image;
  readonly pose: Pose;
}

/** Reports on views of one episode; the same view gets the same report. */
export class SimulatedDetector {
  readonly #truth: Truth;
  readonly #seed: number;
  readonly #rates: DetectorRates;

  constructor(
    truth: Truth,
    { seed, rates = DEFAULT_RATES }: { seed: number; rates?: DetectorRates },
  ) {
    this.#truth = truth;
    this.#seed = seed;
    this.#rates = rates;
  }

  /** What it takes for the target in a view, if anything. */
  detect({ image, pose }: Seen): Detection | undefined {
    const { x, y, z, yaw } = pose;
    const random = randomFor("detector", this.#seed, x, y, z, yaw);
    const [hit, alarm] = [random.next(), random.next()];
    const { targets, lookAlikes } = this.#truth;
    const extents = extentsOf(image, this.#truth.idsOf(image));
    const all = image.width * image.height;
    for (const { id } of targets) {
      const extent = extents.get(id);
      if (extent === undefined) continue;
      const share = (extent.count / all - FAINTEST) / (PLAIN - FAINTEST);
      if (hit < this.#rates.hits * Math.min(1, share)) {
        return { box: extent.box, isTrue: true };
      }
    }
    if (alarm >= this.#rates.falseAlarms) return undefined;
    // Whatever resembles it first, else anything that is not it.
    const wrong = [...extents].filter(([id, { count }]) =>
      count / all >= MISTAKEN && !targets.some((target) => target.id === id)
    );
    const alike = wrong.filter(([id]) =>
      lookAlikes.some((thing) => thing.id === id)
    );
    const choice = alike.length > 0 ? alike : wrong;
    return choice.length === 0
      ? undefined
      : { box: random.pick(choice)[1].box, isTrue: false };
  }
}

/** Pixels of one object and the box round them. */
interface Extent {
  readonly count: number;
  readonly box: PictureBox;
}

/** By object id, 0 (no object) left out. */
function extentsOf(
  { width, height }: Image,
  ids: Uint16Array,
): Map<number, Extent> {
  const found = new Map<
    number,
    { count: number; x0: number; y0: number; x1: number; y1: number }
  >();
  for (let pixel = 0; pixel < ids.length; pixel++) {
    const id = ids[pixel]!;
    if (id === 0) continue;
    const x = pixel % width;
    const y = (pixel - x) / width;
    const known = found.get(id);
    if (known === undefined) {
      found.set(id, { count: 1, x0: x, y0: y, x1: x, y1: y });
      continue;
    }
    known.count++;
    known.x0 = Math.min(known.x0, x);
    known.x1 = Math.max(known.x1, x);
    known.y1 = y;
  }
  return new Map(
    [...found].map(([id, { count, x0, y0, x1, y1 }]) => [id, {
      count,
      box: [
        x0 / width,
        y0 / height,
        (x1 + 1) / width,
        (y1 + 1) / height,
      ],
    }]),
  );
}
