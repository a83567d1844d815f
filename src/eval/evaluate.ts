/**
 * Runs episodes, several at once, and hands out each session's record as it
 * ends.
 *
 * @module
 */

import type { OpenPolicy } from "../open_policy.ts";
import type { Contestant } from "./contestants.ts";
import type { Episode } from "./episode.ts";
import type { SessionRecord } from "./metrics.ts";
import { openPlace, type Place } from "./place.ts";
import { runSession, type SessionOptions } from "./session.ts";

/** What is to be run. */
export interface EvaluateOptions {
  readonly episodes: readonly Episode[];
  /** By name. */
  readonly contestants: ReadonlyMap<string, Competitor>;
  /** Agents, for those that do not say themselves. */
  readonly numAgents: number;
  /** Looks that each agent has. */
  readonly maxSteps: number;
  /** Episodes at once, >= 1. */
  readonly jobs: number;
  /** Sessions that need no running. */
  readonly isDone: (contestant: string, episode: Episode) => boolean;
  /** Told of each session, in the order in which they end. */
  readonly onRecord: (record: SessionRecord) => Promise<void> | void;
  /** Stops; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** A contestant that asks a model. */
export interface Model {
  /** Its policies for one episode, and the model that they ask. */
  readonly ofOneRun: (episode: Episode) => ReturnType<OpenPolicy["ofOneRun"]>;
  readonly label: string;
  readonly numAgents?: number;
  readonly verify?: boolean;
  readonly shares?: boolean;
}

/** Whoever is measured. */
export type Competitor = Contestant | Model;

/**
 * Runs every contestant in every episode.
 *
 * @throws The signal's reason if aborted; what `onRecord` throws.
 */
export async function evaluate(options: EvaluateOptions): Promise<void> {
  const waiting = [...options.episodes];
  // One fault ends them all.
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const work = async (): Promise<void> => {
    for (
      let episode = waiting.shift();
      episode !== undefined;
      episode = waiting.shift()
    ) await runEpisode(episode, { ...options, signal });
  };
  const workers = Array.from(
    { length: options.jobs },
    () =>
      work().catch((fault) => {
        stop.abort(fault);
        throw fault;
      }),
  );
  await Promise.allSettled(workers);
  await Promise.all(workers);
}

async function runEpisode(
  episode: Episode,
  options: EvaluateOptions,
): Promise<void> {
  const { contestants, isDone, onRecord, signal } = options;
  const left = [...contestants].filter(([name]) => !isDone(name, episode));
  if (left.length === 0) return;
  signal.throwIfAborted();
  await using place = await openPlace(episode, signal);
  for (const [contestant, who] of left) {
    const { numAgents = options.numAgents, verify = true, shares } = who;
    const judged = await runSession(place, {
      ...policiesOf(who, place),
      numAgents,
      maxSteps: options.maxSteps,
      verify,
      shares,
      signal,
    });
    const { index, rooms, target } = episode;
    await onRecord({ contestant, index, rooms, target, ...judged });
  }
}

/** The truth goes to those alone that are marked to read it. */
function policiesOf(
  who: Competitor,
  { episode, space, truth, goal }: Place,
): Pick<SessionOptions, "makePolicy" | "vlm"> {
  if ("ofOneRun" in who) return who.ofOneRun(episode);
  return {
    makePolicy: who.readsTruth
      ? who.makePolicies({ episode, space, truth, goal })
      : who.makePolicies({ episode, space }),
  };
}
