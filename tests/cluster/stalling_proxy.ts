/**
 * A TCP proxy that can stand still, as a network that is cut without anybody
 * being told.
 *
 * @module
 */

/** Passes connections on while it is not stalled. */
export class StallingProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #work = new Set<Promise<void>>();
  readonly #connections = new Set<Deno.TcpConn>();
  #open = Promise.resolve();
  #resume = (): void => {};

  constructor(target: number) {
    this.#target = target;
    this.#keep(this.#accept());
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Lets nothing through from now on. */
  stall(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open = promise;
    this.#resume = resolve;
  }

  /** Lets through what waits, and what comes. */
  resume(): void {
    this.#resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await Promise.all(this.#work);
  }

  #keep(work: Promise<void>): void {
    const kept = work.catch(() => {}).finally(() => this.#work.delete(kept));
    this.#work.add(kept);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const server = await Deno.connect({
        hostname: "127.0.0.1",
        port: this.#target,
      });
      this.#connections.add(client).add(server);
      this.#keep(this.#copy(client, server));
      this.#keep(this.#copy(server, client));
    }
  }

  async #copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const n = await from.read(buffer);
        if (n === null) break;
        await this.#open;
        for (let at = 0; at < n;) at += await to.write(buffer.subarray(at, n));
      }
    } finally {
      for (const connection of [from, to]) {
        if (this.#connections.delete(connection)) connection.close();
      }
    }
  }
}
