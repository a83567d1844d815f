/**
 * How far a long reading is, on one line of stderr that goes away again.
 *
 * @module
 */

/** Readings shorter than this show nothing, milliseconds. */
const QUIET = 500;

/** A line that shows progress while it exists. */
export interface ProgressLine extends Disposable {
  /** Takes the share that is done, [0, 1]. */
  readonly onProgress: (fraction: number) => void;
}

/**
 * Shows `what` and a percentage on a terminal, and nothing elsewhere: logs are
 * no place for it.
 */
export function progressLine(what: string): ProgressLine {
  const start = performance.now();
  const write = (text: string): void => {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  };
  let isShown = false;
  return {
    onProgress: (fraction) => {
      if (!Deno.stderr.isTerminal() || performance.now() - start < QUIET) {
        return;
      }
      write(`\r${what}: ${Math.round(100 * fraction)}%\x1b[K`);
      isShown = true;
    },
    [Symbol.dispose]: () => {
      if (isShown) write("\r\x1b[K");
    },
  };
}
