/**
 * The grid of a scene in a file beside it, so that the next run need not make
 * it anew. A convenience: what goes wrong with it changes nothing else.
 *
 * @module
 */

import { resolve } from "node:path";
import type { SceneFrame } from "../scene/scene_frame.ts";
import type { Splats } from "../scene/splats.ts";
import { decodeGrid, encodeGrid, gridKey } from "./grid_bytes.ts";
import type { Occupancy } from "./occupancy.ts";

/** Ending of the file's name after the scene's. */
const ENDING = ".splatscout-grid";
/** Longer files are none of ours, bytes: a grid has a million at most. */
const MAX_BYTES = 4 << 20;

/** Keeps the grid of one scene. */
export class GridFile {
  readonly path: string;

  /** @param path of the grid, not of the scene */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * The file beside `scene`; `undefined` where the scene has no place on this
   * disk (the demo flat, a URL, stdin), or reading and writing there is not
   * granted already: nobody is asked.
   */
  static beside(scene: string | undefined): GridFile | undefined {
    if (scene === undefined || scene === "-" || /^[a-z]+:\/\//i.test(scene)) {
      return undefined;
    }
    const file = new GridFile(`${resolve(scene)}${ENDING}`);
    const paths = [file.path, file.#part()];
    const mayUse = paths.every((path) =>
      (["read", "write"] as const).every((name) =>
        Deno.permissions.querySync({ name, path }).state === "granted"
      )
    );
    return mayUse ? file : undefined;
  }

  /** The grid of `splats` in `frame`, if it is kept whole. */
  async read(
    splats: Splats,
    frame: SceneFrame,
  ): Promise<Occupancy | undefined> {
    try {
      const { size, isFile } = await Deno.stat(this.path);
      if (!isFile || size > MAX_BYTES) return undefined;
      const bytes = await Deno.readFile(this.path);
      return decodeGrid(bytes, { key: gridKey(splats, frame), frame });
    } catch {
      return undefined; // Absent, or not to be had: it is made anew.
    }
  }

  /** Keeps the grid of `splats` in `frame`, whole or not at all. */
  async write(
    occupancy: Occupancy,
    splats: Splats,
    frame: SceneFrame,
  ): Promise<void> {
    const part = this.#part();
    try {
      const bytes = encodeGrid(occupancy, gridKey(splats, frame));
      await Deno.writeFile(part, bytes, { createNew: true });
      await Deno.rename(part, this.path);
    } catch {
      // A folder or a disk that takes nothing: the next run makes it anew.
      await Deno.remove(part).catch(() => {});
    }
  }

  /** A name of its own for what is not whole yet: several processes may write. */
  #part(): string {
    return `${this.path}.${crypto.randomUUID()}.part`;
  }
}
