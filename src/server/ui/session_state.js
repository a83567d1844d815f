/**
 * What is known of a session, folded from its events: the page and the report
 * show the same thing. Pure; pictures are whatever the caller makes of the
 * base64 in the events.
 *
 * @module
 */

/** @import { AgentEvent } from "../../events/event.ts" */
/** @import { Pose } from "../../geometry/pose.ts" */

/**
 * One look of an agent.
 *
 * @template Picture
 * @typedef {object} Look
 * @property {number} agentId
 * @property {number} step Counts the agent's looks, from 0.
 * @property {number} order Counts the session's looks, from 0.
 * @property {Pose} pose
 * @property {Picture} picture
 * @property {string} reasoning
 * @property {"move" | "found"} action
 */

/**
 * `exhausted`: all its looks were taken; `stopped`: it was told to end before.
 *
 * @typedef {"starting" | "searching" | "found" | "exhausted" | "stopped" | "failed"} AgentStatus
 */

/**
 * @template Picture
 * @typedef {object} AgentState
 * @property {number} id
 * @property {AgentStatus} status
 * @property {Pose} start
 * @property {number} totalSteps Looks that it may take; 0 until its first.
 * @property {Look<Picture>[]} looks
 * @property {string} message What it found, or why it failed; else empty.
 * @property {Picture | undefined} finalPicture Of its find, at full resolution.
 */

/**
 * @template Picture
 * @typedef {object} SessionState
 * @property {AgentState<Picture>[]} agents By their number.
 * @property {Look<Picture>[]} looks In the order of their coming.
 * @property {{ winnerId: number | null, description: string } | undefined} outcome Once it is over.
 * @property {string[]} faults What went wrong with no agent in particular.
 */

/**
 * A session of which nothing is known yet.
 *
 * @template Picture
 * @returns {SessionState<Picture>}
 */
export function emptySession() {
  return { agents: [], looks: [], outcome: undefined, faults: [] };
}

/**
 * Adds `event` to `session`.
 *
 * @template Picture
 * @param {SessionState<Picture>} session Is changed.
 * @param {AgentEvent} event
 * @param {(base64: string) => Picture} picture
 */
export function addEvent(session, event, picture) {
  switch (event.type) {
    case "agent_started":
      agentOf(session, event.agent_id).start = event.start_pose;
      break;
    case "agent_step": {
      const agent = agentOf(session, event.agent_id);
      const look = {
        agentId: event.agent_id,
        step: event.step,
        order: session.looks.length,
        pose: event.pose,
        picture: picture(event.image_b64),
        reasoning: event.reasoning,
        action: event.action,
      };
      if (agent.looks.length === 0) agent.start = event.pose;
      agent.status = "searching";
      agent.totalSteps = event.total_steps;
      agent.looks.push(look);
      session.looks.push(look);
      break;
    }
    case "agent_found": {
      const agent = agentOf(session, event.agent_id);
      agent.status = "found";
      agent.message = event.description;
      agent.finalPicture = picture(event.final_image_b64);
      break;
    }
    case "agent_done": {
      const agent = agentOf(session, event.agent_id);
      agent.status = event.steps > 0 && event.steps >= agent.totalSteps
        ? "exhausted"
        : "stopped";
      break;
    }
    case "error": {
      if (event.agent_id === undefined) session.faults.push(event.message);
      else {
        const agent = agentOf(session, event.agent_id);
        agent.status = "failed";
        agent.message = event.message;
      }
      break;
    }
    case "session_complete":
      session.outcome = {
        winnerId: event.winner_agent_id,
        description: event.description,
      };
  }
}

/**
 * The agent's last look among the session's first `position` looks.
 *
 * @template Picture
 * @param {AgentState<Picture>} agent
 * @param {number} position
 * @returns {Look<Picture> | undefined}
 */
export function lookAt({ looks }, position) {
  return looks.findLast(({ order }) => order < position);
}

/**
 * @template Picture
 * @param {SessionState<Picture>} session
 * @param {number} id
 * @returns {AgentState<Picture>}
 */
function agentOf({ agents }, id) {
  const known = agents.find((agent) => agent.id === id);
  if (known !== undefined) return known;
  /** @type {AgentState<Picture>} */
  const agent = {
    id,
    status: "starting",
    start: { x: 0, y: 0, z: 0, yaw: 0 },
    totalSteps: 0,
    looks: [],
    message: "",
    finalPicture: undefined,
  };
  const after = agents.findIndex((other) => other.id > id);
  agents.splice(after < 0 ? agents.length : after, 0, agent);
  return agent;
}
