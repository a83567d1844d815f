/**
 * Names of neighbouring files as scene files give them: relative, with `/`,
 * never out of the folder.
 *
 * @module
 */

/**
 * The segments of the relative path `path`.
 *
 * @throws {SyntaxError} If it is empty, absolute, has a scheme, a backslash, a NUL, or climbs with `..`.
 */
export function siblingSegments(path: string): string[] {
  const segments = path.split("/").filter((segment) => segment !== ".");
  const legal = segments.length > 0 && !/^[a-z][a-z0-9+.-]*:/i.test(path) &&
    !/[\\\0]/.test(path) &&
    segments.every((segment) => segment !== "" && segment !== "..");
  if (!legal) {
    throw new SyntaxError(
      `Cannot read a neighbouring file as its path must stay in the folder: current value is ${
        JSON.stringify(path)
      }`,
    );
  }
  return segments;
}
