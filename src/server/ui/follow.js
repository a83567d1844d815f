/**
 * A session's events, from its first to its last, over as many connections as
 * that takes: each goes on behind the last event that came.
 *
 * @module
 */

import { RefusedError, request } from "./connection.js";
import { SseParser } from "./sse_parser.js";
import { takeTurn } from "./stream_turn.js";

/** @import { AgentEvent } from "../../events/event.ts" */

/** @typedef {"connecting" | "live" | "waiting"} ConnectionState */

/**
 * @typedef {object} FollowOptions
 * @property {(event: AgentEvent) => void} onEvent
 * @property {() => void} onRestart The server's log is another one now: all events come again.
 * @property {(state: ConnectionState) => void} onState
 * @property {AbortSignal} signal Ends it.
 */

/** Milliseconds between two tries: the first, and at most. */
const firstWait = 500;
const longestWait = 10_000;

/** Milliseconds of silence after which a connection is taken for dead; the server speaks every 15 s. */
const longestSilence = 40_000;

/** Milliseconds of work after which the page gets to paint. */
const workSlice = 8;

/**
 * Follows the session until its end.
 *
 * @param {string} id
 * @param {FollowOptions} options
 * @throws {RefusedError} If there is no such session.
 * @throws The signal's reason.
 */
export async function follow(id, options) {
  const { onRestart, onState, signal } = options;
  let lastId = "";
  let wait = firstWait;
  for (;;) {
    signal.throwIfAborted();
    if (lastId === "") onState("connecting");
    const turn = await takeTurn(signal);
    const parser = new SseParser();
    try {
      const ended = await readOnce(id, parser, lastId, {
        ...options,
        signal: AbortSignal.any([signal, turn.over]),
        onRecord: (id) => {
          lastId = id;
          wait = firstWait;
        },
      });
      if (ended) return;
      if (turn.over.aborted) continue;
    } catch (error) {
      signal.throwIfAborted();
      if (turn.over.aborted) continue;
      if (!(error instanceof RefusedError)) throw error;
      if (error.status === 410 && lastId !== "") {
        lastId = "";
        onRestart();
        continue;
      }
      if (!passes(error)) throw error;
      wait = Math.max(wait, error.retryAfter * 1000);
    } finally {
      turn.end();
    }
    onState("waiting");
    await pause(Math.max(wait, parser.retry), signal);
    wait = Math.min(2 * wait, longestWait);
  }
}

/**
 * What `ask` answers, asked again while the server cannot be reached.
 *
 * @template Answer
 * @param {() => Promise<Answer>} ask
 * @param {Pick<FollowOptions, "onState" | "signal">} options
 * @returns {Promise<Answer>}
 * @throws {RefusedError} If the server refuses for good.
 * @throws The signal's reason.
 */
export async function untilAnswered(ask, { onState, signal }) {
  for (let wait = firstWait;; wait = Math.min(2 * wait, longestWait)) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RefusedError && passes(error))) throw error;
      onState("waiting");
      await pause(Math.max(wait, error.retryAfter * 1000), signal);
    }
  }
}

/**
 * Whether the same may be answered later.
 *
 * @param {RefusedError} error
 */
function passes({ status }) {
  return [0, 408, 429, 500, 502, 503, 504].includes(status);
}

/**
 * Reads until the stream breaks off, `false`, or the session ends, `true`.
 *
 * @param {string} id
 * @param {SseParser} parser
 * @param {string} lastId
 * @param {FollowOptions & { onRecord: (id: string) => void }} options
 * @returns {Promise<boolean>}
 */
async function readOnce(id, parser, lastId, options) {
  const { onEvent, onRecord, onState, signal } = options;
  const silence = new AbortController();
  const connection = AbortSignal.any([signal, silence.signal]);
  let timer = setTimeout(() => silence.abort(), longestSilence);
  try {
    const answer = await request(`sessions/${id}/stream`, {
      headers: lastId === "" ? {} : { "Last-Event-ID": lastId },
      signal: connection,
    }).catch((error) => {
      if (signal.aborted || !silence.signal.aborted) throw error;
      throw new RefusedError("The server does not answer.", 0);
    });
    if (answer.status === 204 || answer.body === null) return true;
    onState("live");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let sliceStart = performance.now();
    for (;;) {
      const text = await readNext(reader);
      if (text === undefined) return false;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), longestSilence);
      for (const record of parser.push(text)) {
        signal.throwIfAborted();
        const event = JSON.parse(record.data);
        onRecord(record.id);
        onEvent(event);
        if (event.type === "session_complete") return true;
        if (performance.now() - sliceStart > workSlice) {
          await letPaint();
          sliceStart = performance.now();
        }
      }
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/**
 * What comes next; `undefined` at the end, or if the connection was cut.
 *
 * @param {ReadableStreamDefaultReader<string>} reader
 */
async function readNext(reader) {
  try {
    return (await reader.read()).value;
  } catch {
    return undefined;
  }
}

/** Resolves in another turn, after input and painting. */
function letPaint() {
  return "scheduler" in globalThis && "yield" in scheduler
    ? scheduler.yield()
    : new Promise((resolve) => setTimeout(resolve));
}

/**
 * Resolves after some time, or when the network is back.
 *
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}
