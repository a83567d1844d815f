/** Whether a thread stays free while work goes on elsewhere. */

import assert from "node:assert/strict";

/** Milliseconds by which a timer may be late: of two frames of a screen at most. */
const MOST_LATE = 20;
const EVERY = 5;
const TRIES = 5;

/**
 * Asserts that a timer of the calling thread is never late by more than 20 ms
 * while `work` goes on, beyond what it is late by when another program keeps
 * as many processors busy for as long. A machine that is busy otherwise gets
 * another try: work that holds up this thread does so every time.
 */
export async function assertPunctual(
  work: () => Promise<unknown>,
): Promise<void> {
  const tries: string[] = [];
  for (let k = 0; k < TRIES; k++) {
    const begin = performance.now();
    const late = await latest(work());
    const elapsed = performance.now() - begin;
    if (late <= MOST_LATE) return;
    const machine = await latest(busyElsewhere(elapsed));
    if (late <= MOST_LATE + machine) return;
    tries.push(`${late.toFixed(1)} (${machine.toFixed(1)} without)`);
  }
  assert.fail(`late by ${tries.join(", ")} ms`);
}

/** How late a timer's latest call is until `work` ends, milliseconds. */
async function latest(work: Promise<unknown>): Promise<number> {
  let most = 0;
  let due = performance.now() + EVERY;
  const tick = (): void => {
    most = Math.max(most, performance.now() - due);
    due = performance.now() + EVERY;
  };
  const timer = setInterval(tick, EVERY);
  try {
    await work;
  } finally {
    clearInterval(timer);
  }
  // Held up until just now, it has not been called yet.
  return Math.max(most, performance.now() - due);
}

/** Keeps all processors but none of this program's threads busy for `ms`. */
async function busyElsewhere(ms: number): Promise<void> {
  const code = `while (performance.now() < ${ms});`;
  await Promise.all(
    Array.from(
      { length: navigator.hardwareConcurrency },
      () =>
        new Deno.Command(Deno.execPath(), {
          args: ["eval", "--no-config", code],
        }).output(),
    ),
  );
}
