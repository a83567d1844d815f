/**
 * How far a long reading is: on a terminal one line of stderr that goes away
 * again, in a log a line now and then.
 *
 * @module
 */

import { say, tell, writeError } from "./terminal.ts";

/** Readings shorter than this show nothing, milliseconds. */
const QUIET = { terminal: 500, log: 2000 };

/** Least time from one line of a log to the next, milliseconds. */
const LOG_PAUSE = 5000;

/** A line that shows progress while it exists. */
export interface ProgressLine extends Disposable {
  /** Takes the share that is done, [0, 1]. */
  readonly onProgress: (fraction: number) => void;
  /** Says a line that stays. */
  readonly onNotice: (line: string) => void;
}

/** Shows `what` and a percentage. */
export function progressLine(what: string): ProgressLine {
  const isTerminal = Deno.stderr.isTerminal();
  let next = performance.now() + QUIET[isTerminal ? "terminal" : "log"];
  let isShown = false;
  const clear = (): void => {
    if (isShown) writeError("\r\x1b[K");
    isShown = false;
  };
  return {
    onProgress: (fraction) => {
      const now = performance.now();
      if (now < next) return;
      const text = `${what}: ${Math.round(100 * fraction)}%`;
      if (isTerminal) {
        writeError(`\r${text}\x1b[K`);
        isShown = true;
      } else {
        say(text);
        next = now + LOG_PAUSE;
      }
    },
    onNotice: (line) => {
      clear();
      tell(line);
    },
    [Symbol.dispose]: clear,
  };
}
