/**
 * Real nats-server processes, alone or three in a cluster, which can be
 * killed and started again on the same files.
 *
 * @module
 */

/** One nats-server. */
export interface NatsProcess {
  /** `nats://127.0.0.1:<port>`. */
  readonly url: string;
  /** Its name in the cluster. */
  readonly name: string;
  /** Starts it again, on the files that it had. */
  start(): Promise<void>;
  /** Kills it as a crash does. */
  kill(): Promise<void>;
  /** Removes its files, as a disk that is lost. */
  loseFiles(): Promise<void>;
}

/** Some nats-servers. */
export interface NatsProcesses extends AsyncDisposable {
  readonly servers: readonly NatsProcess[];
  readonly urls: readonly string[];
}

/** What tests/setup.ts installs. */
const installed =
  new URL("../../.tools/bin/nats-server", import.meta.url).pathname;

/** Starts `count` servers; three are a cluster with the shipped settings. */
export async function startNats(count: 1 | 3): Promise<NatsProcesses> {
  const directory = await Deno.makeTempDir({ prefix: "nats-" });
  const ports = freePorts(2 * count);
  const routes = ports.slice(count).map((port) =>
    `nats-route://127.0.0.1:${port}`
  );
  const servers = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const name = `n${i}`;
      const config = `${directory}/${name}.conf`;
      await Deno.writeTextFile(
        config,
        `server_name: ${name}
listen: "127.0.0.1:${ports[i]}"
jetstream { store_dir: "${directory}/${name}", sync_interval: always, max_memory_store: 64MB, max_file_store: 1GB }
${
          count === 1
            ? ""
            : `cluster { name: test, listen: "127.0.0.1:${
              ports[count + i]
            }", routes: ${JSON.stringify(routes)} }`
        }
`,
      );
      return new Server(config, `${directory}/${name}`, ports[i]!, name);
    }),
  );
  await Promise.all(servers.map((server) => server.start()));
  return {
    servers,
    urls: servers.map(({ url }) => url),
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(servers.map((server) => server.kill()));
      await Deno.remove(directory, { recursive: true });
    },
  };
}

class Server implements NatsProcess {
  readonly url: string;
  readonly name: string;
  readonly #config: string;
  readonly #files: string;
  readonly #port: number;
  #child: Deno.ChildProcess | undefined;

  constructor(config: string, files: string, port: number, name: string) {
    this.#config = config;
    this.#files = files;
    this.#port = port;
    this.name = name;
    this.url = `nats://127.0.0.1:${port}`;
  }

  async start(): Promise<void> {
    this.#child = new Deno.Command(installed, {
      args: ["--config", this.#config],
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (let tries = 0;; tries++) {
      try {
        (await Deno.connect({ port: this.#port })).close();
        return;
      } catch (error) {
        if (tries > 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    child.kill("SIGKILL");
    await child.status;
  }

  async loseFiles(): Promise<void> {
    await Deno.remove(this.#files, { recursive: true });
  }
}

/** Ports that were free a moment ago. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}
