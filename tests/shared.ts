/**
 * Scene files that are not part of the project: tests on them are reported as
 * ignored where the folder is absent, and fail there in CI.
 */

const folder = new URL("../../shared/scenes/", import.meta.url);

/** Path of a shared scene file. */
export function sharedScene(name: string): string {
  return decodeURIComponent(new URL(name, folder).pathname);
}

/** Whether tests on shared scenes are to be left out: absent, and not in CI. */
export const ignoreShared: boolean = !exists() && Deno.env.get("CI") !== "true";

function exists(): boolean {
  try {
    return Deno.statSync(folder).isDirectory;
  } catch {
    return false;
  }
}
