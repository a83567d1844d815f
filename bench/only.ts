/**
 * Parts of a bench that are chosen by `--only=a,b`.
 *
 * @module
 */

// deno-lint-ignore-file no-console

/**
 * The names in `only`, or all where it is not given. Ends the process with
 * code 2 if `all` lacks one: a bench of nothing would pass.
 */
export function chosenOf(
  only: string | undefined,
  all: readonly string[],
): readonly string[] {
  const names = only?.split(",") ?? all;
  for (const name of names) {
    if (!all.includes(name)) {
      console.error(
        `Cannot run the bench "${name}" as it must be one of ${all.join(", ")}`,
      );
      Deno.exit(2);
    }
  }
  return names;
}
