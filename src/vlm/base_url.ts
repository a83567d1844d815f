/**
 * The endpoint's address as people write it.
 *
 * @module
 */

/**
 * The base of all paths, without a slash at its end: `/v1` is added where no
 * version is in the path; a pasted `/chat/completions` or `/models` is cut.
 *
 * @throws {TypeError} If `text` is no http(s) URL, or carries a name, a password or a query.
 */
export function normalizeBaseUrl(text: string): string {
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : "");
  if (url === null) {
    throw new TypeError(
      `Cannot use the base URL as it must be an http(s) URL such as http://127.0.0.1:8000/v1: current value is ${
        JSON.stringify(text)
      }`,
    );
  }
  if (url.username || url.password || url.search || url.hash) {
    // Its text is not repeated: it may hold a secret.
    throw new TypeError(
      `Cannot use the base URL at ${url.host} as it must carry no user name, password, query or fragment: put the key into VLLM_API_KEY`,
    );
  }
  const path = url.pathname
    .replace(/\/(chat\/completions|models)\/*$/, "")
    .replace(/\/+$/, "");
  const versioned = /\/v\d\w*(\/|$)/.test(path);
  return `${url.origin}${path}${versioned ? "" : "/v1"}`;
}
