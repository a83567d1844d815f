/**
 * Turns at streaming. Browsers open six connections to a server over HTTP/1.1,
 * for all tabs together; a stream holds one. So that many tabs stay usable,
 * they take turns at fewer: who is looked at goes first.
 *
 * @module
 */

/** Streams at once, of all tabs. */
const slots = [
  "splatscout-stream-0",
  "splatscout-stream-1",
  "splatscout-stream-2",
];

/** Milliseconds that a turn lasts at least while others wait: seen, hidden. */
const turnSeen = 2_000;
const turnHidden = 10_000;

/** Milliseconds between two times that one who waits says so. */
const patience = 500;

/**
 * @typedef {object} Turn
 * @property {AbortSignal} over It is another's turn now.
 * @property {() => void} end Lets others have it.
 */

/**
 * Waits for a turn.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<Turn>}
 * @throws The signal's reason.
 */
export async function takeTurn(signal) {
  // Where pages are served without TLS to other machines there are no locks.
  return "locks" in navigator
    ? await takeSlot(signal)
    : await waitForEyes(signal);
}

/**
 * A turn that lasts while the tab is looked at.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<Turn>}
 */
async function waitForEyes(signal) {
  const over = new AbortController();
  while (document.hidden) {
    await new Promise((resolve) => {
      document.addEventListener("visibilitychange", resolve, { once: true });
      signal.addEventListener("abort", resolve, { once: true });
    });
    signal.throwIfAborted();
  }
  const onHide = () => over.abort();
  document.addEventListener("visibilitychange", onHide, { once: true });
  return {
    over: over.signal,
    end: () => document.removeEventListener("visibilitychange", onHide),
  };
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Turn>}
 */
async function takeSlot(signal) {
  const channel = new BroadcastChannel("splatscout-stream");
  const say = () => channel.postMessage(document.hidden ? "hidden" : "seen");
  /** @type {PromiseWithResolvers<void>} */
  const held = Promise.withResolvers();
  const end = () => {
    channel.close();
    held.resolve();
  };
  const asking = setInterval(say, patience);
  document.addEventListener("visibilitychange", say);
  try {
    await firstLock(held.promise, signal);
  } catch (error) {
    end();
    throw error;
  } finally {
    clearInterval(asking);
    document.removeEventListener("visibilitychange", say);
  }
  const over = new AbortController();
  const start = performance.now();
  channel.onmessage = ({ data }) => {
    const isSeen = !document.hidden;
    if (isSeen && data === "hidden") return;
    const least = isSeen ? turnSeen : data === "seen" ? 0 : turnHidden;
    if (performance.now() - start >= least) over.abort();
  };
  return { over: over.signal, end };
}

/**
 * Resolves once one of the slots is this tab's, until `held` resolves.
 *
 * @param {Promise<void>} held
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function firstLock(held, signal) {
  return new Promise((resolve, reject) => {
    const asking = new AbortController();
    let isMine = false;
    const giveUp = () => {
      asking.abort();
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp);
    for (const slot of slots) {
      navigator.locks.request(slot, { signal: asking.signal }, () => {
        if (isMine || signal.aborted) return;
        isMine = true;
        signal.removeEventListener("abort", giveUp);
        asking.abort();
        resolve();
        return held;
      }).catch(() => {}); // One of the others is this tab's now.
    }
    if (signal.aborted) giveUp();
  });
}
