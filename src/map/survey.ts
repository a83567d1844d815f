/**
 * The free space of a scene, found when somebody first asks for it and kept
 * for all runs.
 *
 * @module
 */

import type { Pose } from "../geometry/pose.ts";
import type { SceneFrame } from "../scene/scene_frame.ts";
import type { Splats } from "../scene/splats.ts";
import { lookForFreeSpace } from "./find_free_space.ts";
import { FreeSpace } from "./free_space.ts";
import type { GridFile } from "./grid_file.ts";
import { inSlices } from "./in_slices.ts";
import { makeOccupancy, type Occupancy, unitOf } from "./occupancy.ts";

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

/** Starts on one storey share its free space: heights in steps of this, metres. */
const SAME_HEIGHT = 0.25;

/** Surveys one scene. Disposing of it gives up what it is at. */
export class Survey implements AsyncDisposable {
  readonly #options: SurveyOptions;
  readonly #splats = Promise.withResolvers<Splats>();
  readonly #stop = new AbortController();
  #occupancy: Promise<Occupancy> | undefined;
  /** The grid on its way to its file. */
  #keeping: Promise<void> | undefined;
  /** By storey, as starts tell it. */
  readonly #spaces = new Map<string, Promise<FreeSpace | undefined>>();

  constructor(options: SurveyOptions) {
    this.#options = options;
    this.#splats.promise.catch(() => {});
  }

  /** Hands over the splats; they are held until the first question is answered. */
  take(splats: Splats): void {
    this.#splats.resolve(splats);
  }

  /**
   * The free space on the storey of `start`; `undefined` where geometry cannot
   * be trusted, which is told once. Waits for {@linkcode take}.
   *
   * @throws An AbortError if disposed of.
   */
  async freeSpace(start: Pose): Promise<FreeSpace | undefined> {
    const { frame } = this.#options;
    const home = await this.#spaceAt(frame.start, true);
    if (home === undefined || this.#isOn(home, start)) return home;
    return await this.#spaceAt(start, false) ?? home;
  }

  /** Whether `start` is between floor and ceiling of `space`. */
  #isOn({ floor, ceiling }: FreeSpace, { z }: Pose): boolean {
    const height = 2 * (this.#options.frame.start.z - floor);
    return z > floor && z < (ceiling ?? floor + Math.max(height, 3));
  }

  #spaceAt(start: Pose, isHome: boolean): Promise<FreeSpace | undefined> {
    const unit = unitOf(this.#options.frame);
    const key = isHome ? "home" : `${Math.round(start.z / SAME_HEIGHT / unit)}`;
    const known = this.#spaces.get(key);
    if (known !== undefined) return known;
    const space = this.#find(start, isHome);
    this.#spaces.set(key, space);
    return space;
  }

  async #find(start: Pose, isHome: boolean): Promise<FreeSpace | undefined> {
    const { frame, agentRadius, cameraHeight, onNotice } = this.#options;
    this.#occupancy ??= this.#build();
    const looking = lookForFreeSpace(await this.#occupancy, {
      start,
      bounds: frame.bounds,
      ...(agentRadius === undefined ? {} : { radius: agentRadius }),
      ...(cameraHeight === undefined ? {} : { cameraHeight }),
    });
    const found = await inSlices(looking, this.#stop.signal);
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
    if (isHome && found.otherFloors.length > 0) {
      const heights = found.otherFloors.map((z) => z.toFixed(1)).join(", ");
      onNotice?.(
        `the place has further floors (at z = ${heights} m): agents stay on the one they start on; --start on another searches there`,
      );
    }
    return found;
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
    await Promise.allSettled(this.#spaces.values());
    await this.#keeping;
  }
}
