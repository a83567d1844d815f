/**
 * Teams of seekers, whole or with a part taken away: the ablations.
 *
 * @module
 */

import type { PolicyFactory } from "../../policy/policy.ts";
import type { SimulatedDetector } from "../detector.ts";
import { Depthless, Forgetful } from "./ablated.ts";
import { Board, Explorer } from "./explorer.ts";
import { type Explores, SeekerPolicy } from "./seeker.ts";

/** What a team lacks; nothing by default. */
export interface Lack {
  /** Forgets the map after each look. */
  readonly map?: boolean;
  /** Goes straight to where the unseen is, whatever the depth says. */
  readonly depth?: boolean;
  /** Each agent has its own map, goals and memory of what was refuted. */
  readonly sharing?: boolean;
}

/** Policies of one session. */
export function seekerPolicies(
  lack: Lack,
  detector: SimulatedDetector,
): PolicyFactory {
  const shared = new Board();
  return ({ agentId }) => {
    const board = lack.sharing ? new Board() : shared;
    const explorer: Explores = lack.depth
      ? new Depthless(board)
      : lack.map
      ? new Forgetful(() => new Explorer({ agentId, board: new Board() }))
      : new Explorer({ agentId, board });
    return new SeekerPolicy({ explorer, detector, refused: board.refused });
  };
}
