/**
 * A TCP proxy that cuts connections at bytes of its choosing, and a random
 * number generator that can be seeded.
 *
 * @module
 */

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Passes each connection on, and cuts it after so many bytes of its answer. */
export class ChaosProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #bytesUntilCut: () => number;
  readonly #accepting: Promise<void>;
  readonly #open = new Set<Promise<void>>();
  readonly #connections = new Set<Deno.TcpConn>();
  /** Connections that were cut before their end. */
  cuts = 0;

  constructor(target: number, bytesUntilCut: () => number) {
    this.#target = target;
    this.#bytesUntilCut = bytesUntilCut;
    this.#accepting = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    // Browsers keep what is idle.
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
    await Promise.all(this.#open);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const passing = this.#pass(client).catch(() => {});
      this.#open.add(passing);
      passing.finally(() => this.#open.delete(passing));
    }
  }

  async #pass(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({
      hostname: "127.0.0.1",
      port: this.#target,
    });
    this.#connections.add(client).add(server);
    const request = copy(client, server, Infinity);
    const whole = await copy(server, client, this.#bytesUntilCut());
    if (!whole) this.cuts++;
    for (const connection of [client, server]) {
      if (this.#connections.delete(connection)) connection.close();
    }
    await request;
  }
}

/** @returns whether it came to the end of `from` before so many bytes. */
async function copy(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  bytes: number,
): Promise<boolean> {
  const buffer = new Uint8Array(16_384);
  try {
    for (let left = bytes; left > 0;) {
      const n = await from.read(buffer.subarray(0, Math.min(left, 16_384)));
      if (n === null) return true;
      left -= n;
      for (let at = 0; at < n;) at += await to.write(buffer.subarray(at, n));
    }
  } catch {
    return true;
  }
  return false;
}
