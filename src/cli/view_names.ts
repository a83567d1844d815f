/**
 * What pictures are called: an agent's views, and those of a file of cameras.
 *
 * @module
 */

import { basename } from "node:path";
import type { FileCamera } from "../render/camera_file.ts";

/** Base names that any file system takes; depth pictures have their own ending. */
const HARMLESS = /^[\w-](?!.*\.depth$)[\w.-]{0,120}$/i;

/** Path of an agent's view within the folder of its run. */
export function viewPath(agentId: number, step: number): string {
  return `views/agent-${agentId}-step-${String(step).padStart(2, "0")}.png`;
}

/**
 * A file name without its ending for each camera: the base name of
 * `file_path` where it is harmless and nobody else's, else the index in five
 * digits.
 */
export function fileNames(
  cameras: readonly Pick<FileCamera, "filePath">[],
): string[] {
  const indices = cameras.map((_, index) => String(index).padStart(5, "0"));
  const names = cameras.map(({ filePath = "" }) =>
    basename(filePath.replaceAll("\\", "/"))
      .replace(/\.(png|jpe?g|webp|tiff?|bmp|exr)$/i, "")
  );
  for (;;) {
    const uses = new Map<string, number>();
    for (const name of names.map((name) => name.toLowerCase())) {
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
    // An index may take a name that was somebody's own: look again.
    const wrong = names.flatMap((name, index) =>
      name !== indices[index] &&
        (!HARMLESS.test(name) || uses.get(name.toLowerCase()) !== 1)
        ? [index]
        : []
    );
    if (wrong.length === 0) return names;
    for (const index of wrong) names[index] = indices[index]!;
  }
}
