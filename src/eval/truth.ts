/**
 * What is really there. Only the judge, the simulated detector and the oracle
 * are given it; no other policy can reach it, as views leave the renderer
 * without their object ids.
 *
 * @module
 */

import type { Image } from "../image/image.ts";
import type { Renderer, View } from "../render/renderer.ts";
import type { DemoObject } from "../scene/demo_scene.ts";

/** The truth of one episode. */
export interface Truth {
  /** What is searched for; empty if it is absent. */
  readonly targets: readonly DemoObject[];
  /** Things that somebody might take for it. */
  readonly lookAlikes: readonly DemoObject[];
  /** Object id of each pixel of a view that {@linkcode TruthRenderer} made; 0 for none. */
  idsOf(image: Pick<Image, "data">): Uint16Array;
}

/** Renders what `inner` renders, and keeps the object ids for those who may know. */
export class TruthRenderer implements Renderer {
  readonly backend: Renderer["backend"];
  readonly description: string;
  readonly #inner: Renderer;
  /** By the bytes of the picture: they are what policies are shown. */
  readonly #ids = new WeakMap<Uint8Array, Uint16Array>();

  constructor(inner: Renderer) {
    this.#inner = inner;
    this.backend = inner.backend;
    this.description = inner.description;
  }

  async render(
    ...[camera, options]: Parameters<Renderer["render"]>
  ): Promise<View> {
    const view = await this.#inner.render(camera, {
      ...options,
      withObjectIds: true,
    });
    return this.#strip(view);
  }

  async renderMany(
    ...[cameras, options]: Parameters<Renderer["renderMany"]>
  ): Promise<View[]> {
    const views = await this.#inner.renderMany(cameras, {
      ...options,
      withObjectIds: true,
    });
    return views.map((view) => this.#strip(view));
  }

  /**
   * The ids of a view that this renderer made.
   *
   * @throws {Error} If it did not.
   */
  idsOf({ data }: Pick<Image, "data">): Uint16Array {
    const ids = this.#ids.get(data as Uint8Array);
    if (ids === undefined) {
      throw new Error("Cannot tell what a picture shows that was not rendered");
    }
    return ids;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }

  #strip({ objectIds, ...view }: View): View {
    if (objectIds !== undefined) this.#ids.set(view.data, objectIds);
    return view;
  }
}

/** Pixels of `ids` that show one of `objects`. */
export function countPixels(
  ids: Uint16Array,
  objects: readonly DemoObject[],
): number {
  const wanted = new Set(objects.map(({ id }) => id));
  let count = 0;
  for (const id of ids) if (wanted.has(id)) count++;
  return count;
}
