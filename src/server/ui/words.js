/**
 * What the page says, in words for people.
 *
 * @module
 */

/** @import { Pose } from "../../geometry/pose.ts" */
/** @import { SessionView } from "../schemas.ts" */
/** @import { AgentState, SessionState } from "./session_state.js" */

/** @typedef {SessionState<Blob | undefined>} Session */
/** @typedef {AgentState<Blob | undefined>} Agent */

/** How a session stands: a word, and which of the page's tones it has. */
/** @typedef {{ text: string, tone: "busy" | "good" | "calm" | "bad" }} Standing */

/** @param {Pose} pose */
export function poseInWords({ x, y, z, yaw }) {
  return `${metres(x)}, ${metres(y)}, ${metres(z)} · ${degrees(yaw)}`;
}

/** @param {number} value */
export function metres(value) {
  // Rounding must not leave a minus before zero.
  return (Math.round(value * 100) / 100 + 0).toFixed(2);
}

/** @param {number} value */
export function degrees(value) {
  return `${Math.round(value) % 360}°`;
}

/** @param {number} id */
export function agentName(id) {
  return `Agent ${id}`;
}

/**
 * @param {Agent} agent
 * @returns {Standing}
 */
export function agentStanding({ status }) {
  switch (status) {
    case "starting":
      return { text: "Starting", tone: "busy" };
    case "searching":
      return { text: "Searching", tone: "busy" };
    case "found":
      return { text: "Found it", tone: "good" };
    case "exhausted":
      return { text: "Out of steps", tone: "calm" };
    case "stopped":
      return { text: "Stopped", tone: "calm" };
    case "failed":
      return { text: "Failed", tone: "bad" };
  }
}

/**
 * @param {Session} session
 * @param {SessionView["status"]} status As the server last said.
 * @returns {Standing}
 */
export function sessionStanding(session, status) {
  const { outcome, agents, faults } = session;
  if (outcome === undefined) {
    if (status === "queued") return { text: "Waiting for room", tone: "busy" };
    return status === "cancelled"
      ? { text: "Stopping", tone: "busy" }
      : { text: "Searching", tone: "busy" };
  }
  if (outcome.winnerId !== null) {
    return { text: `Found by ${nameInText(outcome.winnerId)}`, tone: "good" };
  }
  const allFailed = agents.length > 0 &&
    agents.every(({ status }) => status === "failed");
  if (allFailed || (faults.length > 0 && status !== "cancelled")) {
    return { text: "Failed", tone: "bad" };
  }
  if (
    status === "cancelled" || agents.some(({ status }) => status === "stopped")
  ) return { text: "Stopped", tone: "calm" };
  // It may have been stopped after the last look, which the server knows alone.
  return status === "running"
    ? { text: "Ending", tone: "busy" }
    : { text: "Not found", tone: "calm" };
}

/**
 * @param {SessionView} view
 * @returns {Standing}
 */
export function summaryStanding({ status, winner_agent_id }) {
  if (status === "queued") return { text: "Waiting", tone: "busy" };
  if (status === "running") return { text: "Searching", tone: "busy" };
  if (winner_agent_id !== null) return { text: "Found", tone: "good" };
  return status === "cancelled"
    ? { text: "Stopped", tone: "calm" }
    : { text: "Not found", tone: "calm" };
}

/** @param {number} id */
export function nameInText(id) {
  return `agent ${id}`;
}

/**
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * @param {string} isoTime
 * @param {number} now Milliseconds since 1970.
 */
export function ago(isoTime, now) {
  const seconds = Math.max(0, (now - Date.parse(isoTime)) / 1000);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}
