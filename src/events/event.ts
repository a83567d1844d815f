/**
 * The wire vocabulary: the six events of a session, as the front end knows
 * them. Exactly these keys, no more and no fewer.
 *
 * @module
 */

import { z } from "zod";

const count = z.int().min(0);
const pose = z.strictObject({
  x: z.number(),
  y: z.number(),
  z: z.number(),
  yaw: z.number(),
});
const trajectory = z.array(pose.extend({ step: count }));

/** Schema of an agent's start: the first event of each agent. */
const agentStartedEvent = z.strictObject({
  type: z.literal("agent_started"),
  agent_id: count,
  start_pose: pose,
});

/** Schema of one look: `pose` is where the picture was taken. */
const agentStepEvent = z.strictObject({
  type: z.literal("agent_step"),
  agent_id: count,
  step: count,
  total_steps: count,
  pose,
  /** Base64 PNG, 256x256. */
  image_b64: z.string(),
  reasoning: z.string(),
  action: z.enum(["move", "found"]),
});

/** Schema of an agent's success. */
const agentFoundEvent = z.strictObject({
  type: z.literal("agent_found"),
  agent_id: count,
  description: z.string(),
  /** Base64 PNG at full resolution. */
  final_image_b64: z.string(),
  steps: count,
  trajectory,
});

/** Schema of an agent's end without a find: out of steps, or stopped. */
const agentDoneEvent = z.strictObject({
  type: z.literal("agent_done"),
  agent_id: count,
  found: z.literal(false),
  steps: count,
  trajectory,
});

/** Schema of an agent's failure, or of the session's if `agent_id` is absent. */
const errorEvent = z.strictObject({
  type: z.literal("error"),
  agent_id: count.optional(),
  message: z.string(),
});

/** Schema of the last event of every session. */
const sessionCompleteEvent = z.strictObject({
  type: z.literal("session_complete"),
  winner_agent_id: count.nullable(),
  description: z.string(),
});

/** Schema of any event. */
export const agentEvent = z.discriminatedUnion("type", [
  agentStartedEvent,
  agentStepEvent,
  agentFoundEvent,
  agentDoneEvent,
  errorEvent,
  sessionCompleteEvent,
]);

/** An agent has looked and decided. */
export type AgentStepEvent = z.infer<typeof agentStepEvent>;
/** An agent has found the target. */
export type AgentFoundEvent = z.infer<typeof agentFoundEvent>;
/** An agent has ended without a find. */
export type AgentDoneEvent = z.infer<typeof agentDoneEvent>;
/** Any event of a session. */
export type AgentEvent = z.infer<typeof agentEvent>;
