/**
 * The free space of a scene, found when somebody first asks for it and kept
 * for all runs.
 *
 * @module
 */

import type { Pose } from "../geometry/pose.ts";
import type { SceneFrame } from "../scene/scene_frame.ts";
import type { Splats } from "../scene/splats.ts";
import { type Distrust, lookForFreeSpace } from "./find_free_space.ts";
import { FreeSpace } from "./free_space.ts";
import type { GridFile } from "./grid_file.ts";
import { inSlices } from "./in_slices.ts";
import { makeOccupancy, type Occupancy } from "./occupancy.ts";

/** Options for {@linkcode Survey}. */
export interface SurveyOptions {
  readonly frame: SceneFrame;
  /** Of an agent, metres. @default {0.18} */
  readonly agentRadius?: number | undefined;
  /** Of the camera above the floor, metres. @default {the start's} */
  readonly cameraHeight?: number | undefined;
  /** Where the grid is kept between runs. @default {nowhere} */
  readonly gridFile?: GridFile | undefined;
  /** Told one line each for people: why geometry is not trusted, further storeys. */
  readonly onNotice?: (line: string) => void;
}

/** Free spaces of starts elsewhere that are kept: storeys and flats next door are few. */
const MOST_OTHERS = 8;

/** Surveys one scene. Disposing of it gives up what it is at. */
export class Survey implements AsyncDisposable {
  readonly #options: SurveyOptions;
  readonly #splats = Promise.withResolvers<Splats>();
  readonly #stop = new AbortController();
  #occupancy: Promise<Occupancy> | undefined;
  /** The grid on its way to its file. */
  #keeping: Promise<void> | undefined;
  /** The free space of the scene's own start. */
  #home: Promise<FreeSpace | undefined> | undefined;
  /** Those of starts elsewhere, the latest last; and the search for one more. */
  readonly #others: FreeSpace[] = [];
  #looking: Promise<FreeSpace | undefined> = Promise.resolve(undefined);

  constructor(options: SurveyOptions) {
    this.#options = options;
    this.#splats.promise.catch(() => {});
  }

  /** Hands over the splats; they are held until the first question is answered. */
  take(splats: Splats): void {
    this.#splats.resolve(splats);
  }

  /**
   * The free space round `start`; the nearest on its storey if there is none;
   * `undefined` where geometry cannot be trusted, which is told once. Waits for
   * {@linkcode take}.
   *
   * @throws An AbortError if disposed of.
   */
  async freeSpace(start: Pose): Promise<FreeSpace | undefined> {
    const home = await (this.#home ??= this.#findHome());
    if (home === undefined || this.#isIn(home, start)) return home;
    // One after the other: what one start finds may be another's.
    this.#looking = this.#looking.then(() => this.#findOther(start));
    return await this.#looking ?? (this.#isOn(home, start) ? home : undefined);
  }

  /** Whether `start` is between floor and ceiling of `space`. */
  #isOn({ floor, ceiling }: FreeSpace, { z }: Pose): boolean {
    const height = 2 * (this.#options.frame.start.z - floor);
    return z > floor && z < (ceiling ?? floor + Math.max(height, 3));
  }

  /** Whether `start` is on free ground of `space`, or nearer to it than through a wall. */
  #isIn(space: FreeSpace, start: Pose): boolean {
    const { x, y } = space.nearest(start);
    return this.#isOn(space, start) &&
      Math.hypot(x - start.x, y - start.y) <= 2 * space.radius;
  }

  async #findHome(): Promise<FreeSpace | undefined> {
    const { frame, onNotice } = this.#options;
    const found = await this.#find(frame.start);
    if (!(found instanceof FreeSpace)) {
      onNotice?.(
        `walls and furniture cannot be told from the splats (${found.problem}${
          frame.guessed.includes("up")
            ? "; if it lies on its side, --up says what is up"
            : ""
        }): moves are kept within the bounds alone`,
      );
      return undefined;
    }
    if (found.otherFloors.length > 0) {
      const heights = found.otherFloors.map((z) => z.toFixed(1)).join(", ");
      onNotice?.(
        `the place has further floors (at z = ${heights} m): agents stay on the one they start on; --start on another searches there`,
      );
    }
    return found;
  }

  async #findOther(start: Pose): Promise<FreeSpace | undefined> {
    const known = this.#others.find((space) => this.#isIn(space, start));
    if (known !== undefined) return known;
    const found = await this.#find(start);
    if (!(found instanceof FreeSpace)) return undefined;
    if (this.#others.length >= MOST_OTHERS) this.#others.shift();
    this.#others.push(found);
    return found;
  }

  async #find(start: Pose): Promise<FreeSpace | Distrust> {
    const { frame, agentRadius, cameraHeight } = this.#options;
    this.#occupancy ??= this.#build();
    const looking = lookForFreeSpace(await this.#occupancy, {
      start,
      bounds: frame.bounds,
      ...(agentRadius === undefined ? {} : { radius: agentRadius }),
      ...(cameraHeight === undefined ? {} : { cameraHeight }),
    });
    return await inSlices(looking, this.#stop.signal);
  }

  async #build(): Promise<Occupancy> {
    const splats = await this.#splats.promise;
    const { frame, gridFile } = this.#options;
    const kept = await gridFile?.read(splats, frame);
    if (kept !== undefined) return kept;
    const { signal } = this.#stop;
    const made = await makeOccupancy(splats, frame, { signal });
    this.#keeping = gridFile?.write(made, splats, frame);
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#splats.reject(this.#stop.signal.reason);
    await Promise.allSettled([this.#home, this.#looking]);
    await this.#keeping;
  }
}
