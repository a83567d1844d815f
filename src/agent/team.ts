/**
 * N agents at once as one stream of events: the first find wins and stops the
 * others.
 *
 * @module
 */

import type { AgentDoneEvent, AgentEvent } from "../events/event.ts";
import { type Pose, turned } from "../geometry/pose.ts";
import type { Blackboard } from "../map/blackboard.ts";
import { Claims } from "./claims.ts";
import { explore, type ExploreOptions } from "./explore.ts";
import type { Eyes, Look } from "./look.ts";
import { lookAround } from "./panorama.ts";
import { toldOf } from "./told.ts";
import { merge } from "./merge.ts";

/** What a team is given; the rest of an agent's options are the team's own. */
export interface TeamOptions extends
  Omit<
    ExploreOptions,
    | "agentId"
    | "start"
    | "makePolicy"
    | "claims"
    | "claimWin"
    | "onLook"
    | "told"
    | "panorama"
  > {
  /** Start of agent 0; the others look in other directions from there. */
  readonly start: Pose;
  /** >= 1. */
  readonly numAgents: number;
  readonly makePolicy: (
    agentId: number,
  ) => ReturnType<ExploreOptions["makePolicy"]>;
  readonly onLook?: (
    agentId: number,
    ...look: Parameters<NonNullable<ExploreOptions["onLook"]>>
  ) => void;
  /** What an agent knows of the place: one and the same for agents that share it. */
  readonly boardOf: (agentId: number) => Blackboard;
  /** Eyes that look around once for all, before anybody decides; none to leave that out. */
  readonly panorama?: Eyes | undefined;
  /** Whether a find is checked from nearer before it wins. */
  readonly verify: boolean;
  /** What an earlier attempt has told: the agents go on from there, and none of it is told again. */
  readonly told?: readonly AgentEvent[];
  /** What `session_complete` says if nobody found anything, asked at the end. */
  readonly notFound?: () => string;
}

/**
 * Runs the agents and yields their events as they happen, then exactly one
 * `session_complete`. Never throws for what an agent or its model does. A
 * reader that leaves stops the agents.
 */
export async function* search(
  options: TeamOptions,
): AsyncGenerator<AgentEvent, void> {
  const { numAgents, start } = options;
  const ids = Array.from({ length: numAgents }, (_, agentId) => agentId);
  const stops = ids.map(() => new AbortController());
  const told = ids.map((agentId) => toldOf(options.told ?? [], agentId));
  let winner = told.map(({ end }) => end).find((end) =>
    end?.type === "agent_found"
  );
  let claimedBy = told.findIndex(({ end, steps }) =>
    end?.type === "agent_found" ||
    end === undefined && steps.at(-1)?.action === "found"
  );
  if (claimedBy >= 0) {
    for (const other of ids) if (other !== claimedBy) stops[other]!.abort();
  }
  const signals = stops.map(({ signal }) =>
    AbortSignal.any([options.signal, signal])
  );
  const panorama = panoramaOf(options);
  const agents = ids.filter((id) => told[id]!.end === undefined).map((
    agentId,
  ) =>
    explore({
      ...options,
      panorama,
      agentId,
      start: turned(start, agentId * 360 / numAgents),
      makePolicy: () => options.makePolicy(agentId),
      claims: new Claims(options.boardOf(agentId), options.verify),
      claimWin: () => {
        if (claimedBy >= 0) return false;
        claimedBy = agentId;
        for (const other of ids) if (other !== agentId) stops[other]!.abort();
        return true;
      },
      onLook: (...look) => options.onLook?.(agentId, ...look),
      told: told[agentId]!,
      signal: signals[agentId]!,
    })
  );
  // Which of the stopped lets go first is chance: they end by number, so that
  // a replayed run tells the same.
  const stopped: AgentDoneEvent[] = [];
  const events = merge(agents);
  try {
    for (
      let next = await events.next();
      !next.done;
      next = await events.next()
    ) {
      const event = next.value;
      if (event.type === "agent_found") winner = event;
      if (event.type === "agent_done" && signals[event.agent_id]!.aborted) {
        stopped.push(event);
      } else {
        yield event;
      }
    }
    yield* stopped.sort((a, b) => a.agent_id - b.agent_id);
  } finally {
    // Before closing them: an agent closes once its decision has given up.
    for (const stop of stops) stop.abort();
    await events.return();
  }
  yield {
    type: "session_complete",
    winner_agent_id: winner?.agent_id ?? null,
    description: winner?.description ?? options.notFound?.() ??
      "No target found",
  };
}

/** Looks around when the first agent asks, once for all of them. */
function panoramaOf(
  { panorama: eyes, boardOf, numAgents, ...options }: TeamOptions,
): (() => Promise<readonly Look[]>) | undefined {
  if (eyes === undefined) return undefined;
  let looks: Promise<readonly Look[]> | undefined;
  return () => {
    const boards = new Set(
      Array.from({ length: numAgents }, (_, agentId) => boardOf(agentId)),
    );
    looks ??= lookAround({ ...options, boards, eyes });
    looks.catch(() => {}); // Thrown to every agent that waits for it.
    return looks;
  };
}
