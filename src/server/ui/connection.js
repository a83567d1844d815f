/**
 * Requests to the server that the page came from.
 *
 * @module
 */

const tokenKey = "splatscout-token";

/** What the server refused, or that it cannot be reached, in words for people. */
export class RefusedError extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 if there was no answer.
   * @param {number} retryAfter Seconds; 0 if the server does not say.
   */
  constructor(message, status, retryAfter = 0) {
    super(message);
    this.name = "RefusedError";
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/**
 * Asks the user for the server's token; `undefined` if they give none.
 *
 * @type {(isWrong: boolean) => Promise<string | undefined>}
 */
let promptForToken = () => Promise.resolve(undefined);

/** @type {Promise<string | undefined> | undefined} */
let prompting;

/** @param {typeof promptForToken} prompt */
export function onTokenNeeded(prompt) {
  promptForToken = prompt;
}

/**
 * The answer to a request, asked again once the user has given the token that
 * the server wants.
 *
 * @param {string} path Relative to the page.
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 * @throws {RefusedError}
 */
export async function request(path, init = {}) {
  for (;;) {
    const token = sessionStorage.getItem(tokenKey);
    const headers = new Headers(init.headers);
    if (token) headers.set("Authorization", `Bearer ${token}`);
    const answer = await fetch(new URL(path, document.baseURI), {
      cache: "no-cache",
      ...init,
      headers,
    }).catch(() => {
      init.signal?.throwIfAborted();
      throw new RefusedError(
        "The server cannot be reached. Is it still running?",
        0,
      );
    });
    if (answer.ok) return answer;
    if (answer.status !== 401) throw await refusedBy(answer);
    await answer.body?.cancel();
    // Somebody else may have been asked meanwhile.
    if (sessionStorage.getItem(tokenKey) !== token) continue;
    prompting ??= promptForToken(token !== null).finally(() => {
      prompting = undefined;
    });
    const given = await prompting;
    if (given === undefined) {
      throw new RefusedError("This server wants a token.", 401);
    }
    sessionStorage.setItem(tokenKey, given);
  }
}

/**
 * The JSON that the server answers with.
 *
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 * @throws {RefusedError}
 */
export async function requestJson(path, init) {
  const answer = await request(path, init);
  return await answer.json().catch(() => {
    init?.signal?.throwIfAborted();
    throw new RefusedError("The connection was cut.", 0);
  });
}

/**
 * @param {Response} answer
 * @returns {Promise<RefusedError>}
 */
async function refusedBy(answer) {
  const { error } = await answer.json().catch(() => ({}));
  const said = error?.message ?? `It answered ${answer.status}`;
  return new RefusedError(
    sentence(said),
    answer.status,
    Number(answer.headers.get("Retry-After") ?? 0),
  );
}

/** @param {string} text */
function sentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
