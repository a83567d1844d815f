/**
 * Teams of seekers, whole or with a part taken away: the ablations.
 *
 * @module
 */

import { Explorer } from "../../policy/explorer.ts";
import type { PolicyFactory } from "../../policy/policy.ts";
import type { SimulatedDetector } from "../detector.ts";
import { Depthless, Forgetful } from "./ablated.ts";
import { type Explores, SeekerPolicy } from "./seeker.ts";

/** What a team lacks; nothing by default. */
export interface Lack {
  /** Forgets the map after each look. */
  readonly map?: boolean;
  /** Goes straight to where the unseen is, whatever the depth says. */
  readonly depth?: boolean;
}

/** Policies of one session. */
export function seekerPolicies(
  lack: Lack,
  detector: SimulatedDetector,
): PolicyFactory {
  return ({ agentId, board }) => {
    const team = board === undefined ? {} : { board };
    const explorer: Explores = lack.map
      ? new Forgetful(() => new Explorer({ agentId }))
      : lack.depth
      ? new Depthless({ agentId, ...team })
      : new Explorer({ agentId, ...team });
    return new SeekerPolicy({ agentId, explorer, detector });
  };
}
