/**
 * Who is measured: policies by name, with what each of them lacks.
 *
 * @module
 */

import { makeBaselinePolicy } from "../policy/baseline_policy.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import type { FreeSpace } from "../map/free_space.ts";
import { SimulatedDetector } from "./detector.ts";
import type { Episode } from "./episode.ts";
import type { Goal } from "./place.ts";
import { forwardPolicy, randomPolicy } from "./policies/blind.ts";
import { frontierPolicy } from "./policies/frontier.ts";
import { oraclePolicy } from "./policies/oracle.ts";
import { type Lack, seekerPolicies } from "./policies/seekers.ts";
import { randomFor } from "./seeds.ts";
import type { Truth } from "./truth.ts";

/** What policies of one session may be made from. */
export interface Session {
  readonly episode: Episode;
  readonly space: FreeSpace;
}

/** A session whose truth is known. */
export interface KnownSession extends Session {
  readonly truth: Truth;
  readonly goal: Goal | undefined;
}

interface About {
  /** In the table, for people. */
  readonly label: string;
  /** Agents, where it is not for the caller to say. */
  readonly numAgents?: number;
  /** Whether claims are checked from nearer. @default {true} */
  readonly verify?: boolean;
  /** Whether agents share map, goals and refuted finds. @default {true} */
  readonly shares?: boolean;
}

/** One row of the table. Only those marked so are given the truth. */
export type Contestant =
  & About
  & (
    | {
      readonly readsTruth: false;
      readonly makePolicies: (session: Session) => PolicyFactory;
    }
    | {
      readonly readsTruth: true;
      readonly makePolicies: (session: KnownSession) => PolicyFactory;
    }
  );

const simulated = (
  label: string,
  lack: Lack,
  about: Partial<About> = {},
): Contestant => ({
  label: `${label} (simulated detector)`,
  ...about,
  readsTruth: true,
  makePolicies: ({ episode, truth }) =>
    seekerPolicies(lack, new SimulatedDetector(truth, { seed: episode.seed })),
});

/** Rows by the name that `--policies` takes. */
export const CONTESTANTS = {
  random: {
    label: "random reachable",
    readsTruth: false,
    makePolicies: ({ episode: { seed } }) => ({ agentId }) =>
      randomPolicy(randomFor("random", seed, agentId)),
  },
  forward: {
    label: "forward or random turn",
    readsTruth: false,
    makePolicies: ({ episode: { seed } }) => ({ agentId }) =>
      forwardPolicy(randomFor("forward", seed, agentId)),
  },
  frontier: {
    label: "nearest frontier",
    readsTruth: false,
    makePolicies: () => () => frontierPolicy(),
  },
  baseline: {
    label: "baseline: colours and sizes",
    readsTruth: false,
    makePolicies: () => makeBaselinePolicy,
  },
  detector: simulated("explorer", {}),
  "detector-unverified": simulated("- no verification", {}, { verify: false }),
  "detector-mapless": simulated("- no map", { map: true }),
  "detector-depthless": simulated("- no depth filter", { depth: true }),
  "detector-unshared": simulated("- no sharing", {}, { shares: false }),
  team: simulated("4 agents, coordinated", {}, { numAgents: 4 }),
  independent: simulated("4 agents, independent", {}, {
    numAgents: 4,
    shares: false,
  }),
  oracle: {
    label: "oracle: shortest path (reads the truth)",
    readsTruth: true,
    makePolicies: ({ goal, space }) => () => oraclePolicy(goal, space),
  },
} as const satisfies Record<string, Contestant>;

/** Names of {@linkcode CONTESTANTS}. */
export type ContestantName = keyof typeof CONTESTANTS;
