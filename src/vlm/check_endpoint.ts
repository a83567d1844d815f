/**
 * Whether an endpoint is there, without asking a model anything.
 *
 * @module
 */

import { normalizeBaseUrl } from "./base_url.ts";

/** Milliseconds for an answer. */
const patience = 3_000;

/** What {@linkcode checkEndpoint} asks. */
export interface CheckEndpointOptions {
  /** With or without /v1. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** Further headers, as runs send them. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Asks for the list of models.
 *
 * @returns `ok`, or in words what is wrong; never a secret.
 */
export async function checkEndpoint(
  { baseUrl, apiKey, headers = {} }: CheckEndpointOptions,
): Promise<string> {
  try {
    const answer = await fetch(`${normalizeBaseUrl(baseUrl)}/models`, {
      headers: headersOf({
        ...(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }),
        ...headers,
      }),
      signal: AbortSignal.timeout(patience),
    });
    await answer.body?.cancel();
    return answer.ok
      ? "ok"
      : `its list of models gives status ${answer.status}`;
  } catch (error) {
    return (error as Error).name === "TimeoutError"
      ? `it does not answer within ${patience / 1000} s`
      : "it cannot be reached";
  }
}

/** No agent asks: its number is that of the first. A header of one's own takes the key's place. */
function headersOf(fields: Readonly<Record<string, string>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) {
    headers.set(name, value.replaceAll("{agent}", "0"));
  }
  return headers;
}
