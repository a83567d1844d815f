/**
 * Bytes behind an http or https URL, fetched as a whole within a limit.
 *
 * @module
 */

import { type ByteSource, memorySource } from "./byte_source.ts";
import { siblingSegments } from "./sibling_path.ts";

/** Options of {@linkcode urlSource}. */
export interface UrlSourceOptions {
  /** Most bytes to take, of the file and of its neighbours each. */
  maxBytes: number;
  /** Longest silence of the server, milliseconds. @default {60000} */
  patience?: number;
  /** Reports progress, [0, 1]; only where the server says how long the file is. */
  onProgress?: (fraction: number) => void;
  /** Ends the fetching; its reason is thrown. */
  signal?: AbortSignal;
}

/** Longest silence: servers that fetch from a tape or pack on the fly take their time. */
const PATIENCE = 60_000;

/**
 * The bytes behind `url`.
 *
 * @throws {Deno.errors.NotCapable} If the host may not be reached; the message names the flag.
 * @throws {Deno.errors.NotFound} If the server answers 404 or 410.
 * @throws {SyntaxError} If it is no URL.
 * @throws {Error} If the server cannot be reached, answers with another failure, breaks off or falls silent.
 * @throws {RangeError} If the answer is longer than `maxBytes`.
 */
export async function urlSource(
  url: string,
  options: UrlSourceOptions,
): Promise<ByteSource> {
  if (!URL.canParse(url)) {
    throw new SyntaxError(
      `Cannot fetch ${url} as it must be a URL: it is none`,
    );
  }
  const { protocol, hostname, port } = new URL(url);
  // With its port: that alone may have been granted.
  const host = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  const { state } = await Deno.permissions.query({ name: "net", host });
  if (state !== "granted") {
    throw new Deno.errors.NotCapable(
      `Cannot fetch ${url} as the permission to reach ${host} must be granted: run again with --allow-net=${host}`,
    );
  }
  const { signal, patience = PATIENCE } = options;
  const silence = new AbortController();
  const signals = [silence.signal, ...(signal ? [signal] : [])];
  let size = 0;
  let timer = setTimeout(() => silence.abort(), patience);
  const onBytes = (all: number): void => {
    size = all;
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), patience);
  };
  let response: Response | undefined;
  try {
    response = await fetch(url, { signal: AbortSignal.any(signals) });
    if (!response.ok) {
      const Failure = response.status === 404 || response.status === 410
        ? Deno.errors.NotFound
        : Error;
      throw new Failure(
        `Cannot fetch ${url} as the answer must be 200: current value is ${response.status}`,
      );
    }
    const bytes = await readAll(url, response, { ...options, onBytes });
    const { onProgress: _, ...quiet } = options;
    const base = response.url || url;
    return {
      ...memorySource(url, bytes),
      sibling: async (path: string): Promise<ByteSource> =>
        await urlSource(neighbour(base, path), quiet),
    };
  } catch (cause) {
    signal?.throwIfAborted();
    if (silence.signal.aborted) {
      throw new Error(
        `Cannot fetch ${url} as the server must go on within ${
          patience / 1000
        } s: it fell silent after ${size} bytes`,
        { cause },
      );
    }
    // What fetch throws knows no address.
    if (!(cause instanceof TypeError)) throw cause;
    throw new Error(
      response === undefined
        ? `Cannot fetch ${url} as the server must be reachable: ${cause.message}`
        : `Cannot fetch ${url} as the answer must come whole: it broke off after ${size} bytes (${cause.message})`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
    if (response?.bodyUsed === false) await response.body?.cancel();
  }
}

/** `path` in the folder of `url`, which keeps its query (signed addresses). */
function neighbour(url: string, path: string): string {
  const encoded = siblingSegments(path).map(encodeURIComponent).join("/");
  const target = new URL(encoded, url);
  target.search = new URL(url).search;
  return target.href;
}

async function readAll(
  url: string,
  response: Response,
  { maxBytes, onProgress, onBytes }: UrlSourceOptions & {
    onBytes: (size: number) => void;
  },
): Promise<Uint8Array> {
  const tooLong = (size: number): RangeError =>
    new RangeError(
      `Cannot fetch ${url} as it must have at most ${maxBytes} bytes: current value is ${size} or more`,
    );
  // The length is that of the coded body: no measure where a coding is in use.
  const declared = response.headers.has("content-encoding")
    ? NaN
    : Number(response.headers.get("content-length") ?? NaN);
  if (declared > maxBytes) throw tooLong(declared);
  let buffer = new Uint8Array(declared > 0 ? declared : 1 << 20);
  let size = 0;
  let reported = 0;
  for await (const chunk of response.body ?? []) {
    if (size + chunk.length > maxBytes) throw tooLong(size + chunk.length);
    if (size + chunk.length > buffer.length) {
      const length = Math.max(2 * buffer.length, size + chunk.length);
      buffer = new Uint8Array(buffer.buffer.transfer(length));
    }
    buffer.set(chunk, size);
    size += chunk.length;
    onBytes(size);
    if (declared > 0 && size / declared >= reported + 0.05) {
      reported = size / declared;
      onProgress?.(Math.min(reported, 1));
    }
  }
  if (size < declared) {
    throw new Error(
      `Cannot fetch ${url} as the answer must have ${declared} bytes: it ended after ${size}`,
    );
  }
  return buffer.subarray(0, size);
}
