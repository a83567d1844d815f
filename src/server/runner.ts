/**
 * Runs sessions: the events of a run become those of its session, and every
 * session gets an orderly end.
 *
 * @module
 */

import type { AgentEvent } from "../events/event.ts";
import { SessionTakenError } from "../events/sink.ts";
import type { StoredSummary } from "../events/stored_session.ts";
import type { RunRequest } from "../run.ts";
import type { Metrics } from "./metrics.ts";
import type { Session } from "./session.ts";
import { StepClock } from "./step_clock.ts";

/** Starts a run; its events end in an orderly way after `signal` was aborted. */
export type StartRun = (
  request: RunRequest,
  options: {
    readonly sessionId: string;
    readonly signal: AbortSignal;
    /** What an earlier attempt has told: the run goes on from there and yields none of it again. */
    readonly told?: readonly AgentEvent[];
  },
) => AsyncIterable<AgentEvent>;

/** Options of {@linkcode SessionRunner}. */
export interface RunnerOptions {
  readonly startRun: StartRun;
  readonly metrics: Metrics;
  /** Told of runs that fail in a way that runs must not. */
  readonly onError: (error: unknown, sessionId: string) => void;
}

/** Milliseconds after which a run that was stopped and goes on all the same is left to itself. */
const abandonAfter = 5_000;

/** Runs sessions. */
export class SessionRunner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /**
   * Runs a session to its end.
   *
   * @param told What an earlier attempt has published.
   * @throws {SessionTakenError} If another machine has taken the session over; the run is stopped then.
   */
  async run(
    session: Session,
    request: RunRequest,
    told: readonly AgentEvent[] = [],
  ): Promise<StoredSummary> {
    const { startRun, onError, metrics } = this.#options;
    const { signal, id } = session;
    const steps = new StepClock(metrics);
    session.begin();
    let fault: string | undefined = "The run broke off";
    try {
      // One that was stopped before it began only ends; one that had begun ends each agent.
      if (!signal.aborted || told.length > 0) {
        const events = startRun(request, { sessionId: id, signal, told });
        for await (const event of untilAbandoned(events, signal)) {
          steps.observe(event);
          await session.publish(event);
        }
      }
      if (signal.aborted) fault = undefined;
    } catch (error) {
      if (error instanceof SessionTakenError) {
        session.abandon();
        throw error;
      }
      fault = `The run failed: ${(error as Error).message}`;
      onError(error, id);
    }
    return await this.end(session, fault);
  }

  /**
   * Publishes what a session lacks for an orderly end.
   *
   * @param fault Why it ends here; absent if it was stopped.
   * @throws As {@linkcode run}.
   */
  async end(
    session: Session,
    fault: string | undefined,
  ): Promise<StoredSummary> {
    const summary = await session.publishEnd(fault);
    this.#options.metrics.sessionsEnded.add({ status: summary.status });
    return summary;
  }
}

/** The events of `iterable`, until some time after the signal: a run that does not stop is left to itself. */
async function* untilAbandoned(
  iterable: AsyncIterable<AgentEvent>,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent> {
  const iterator = iterable[Symbol.asyncIterator]();
  const { promise: abandoned, resolve } = Promise.withResolvers<undefined>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => resolve(undefined), abandonAfter);
  };
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    while (true) {
      const next = await Promise.race([iterator.next(), abandoned]);
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    // Whoever stops reading stops the run, once it has given up what it waits for.
    iterator.return?.()?.catch(() => {});
  }
}
