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
  /** Sends it a signal. */
  signal(signal: Deno.Signal): void;
  /** The folder of its files. */
  readonly files: string;
}

/** Some nats-servers. */
export interface NatsProcesses extends AsyncDisposable {
  readonly servers: readonly NatsProcess[];
  readonly urls: readonly string[];
}

/** What tests/setup.ts installs. */
const installed =
  new URL("../../.tools/bin/nats-server", import.meta.url).pathname;

/** What is shipped. */
const shipped =
  new URL("../../deploy/nats/nats.conf", import.meta.url).pathname;

/** One server's settings, as shipped where there are three. */
const alone = `
listen: "0.0.0.0:4222"
jetstream { sync_interval: always }
`;

/** Settings of a server that keeps nothing. */
const plain = `listen: "0.0.0.0:4222"`;

/** @throws {Error} If no nats-server is installed. */
async function checkInstalled(): Promise<void> {
  try {
    await Deno.stat(installed);
  } catch (cause) {
    throw new Error(
      "Cannot start NATS as .tools has no nats-server: run deno run -A tests/setup.ts",
      { cause },
    );
  }
}

/**
 * Starts `count` servers; three are a cluster with the shipped settings, but
 * for ports and paths. One alone may lack JetStream.
 */
export async function startNats(
  count: 1 | 3,
  { jetstream = true }: { jetstream?: boolean } = {},
): Promise<NatsProcesses> {
  await checkInstalled();
  const directory = await Deno.makeTempDir({ prefix: "nats-" });
  const ports = freePorts(3 * count);
  const routes = ports.slice(0, count).map((port) =>
    `nats-route://127.0.0.1:${port}`
  );
  let config = shipped;
  if (count === 1) {
    config = `${directory}/alone.conf`;
    await Deno.writeTextFile(config, jetstream ? alone : plain);
  }
  const servers = routes.map((route, i) =>
    new Server({
      name: `n${i}`,
      config,
      files: `${directory}/n${i}`,
      port: ports[count + i]!,
      flags: [
        ...["--http_port", `${ports[2 * count + i]}`],
        ...["--pid", `${directory}/n${i}.pid`],
        ...(count === 1 ? [] : ["--cluster", route]),
      ],
      routes,
    })
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

interface ServerOptions {
  readonly name: string;
  /** Path of its settings. */
  readonly config: string;
  /** Folder of its files. */
  readonly files: string;
  readonly port: number;
  /** What further differs from the settings. */
  readonly flags: readonly string[];
  /** Where the servers of its cluster meet. */
  readonly routes: readonly string[];
}

class Server implements NatsProcess {
  readonly url: string;
  readonly name: string;
  readonly files: string;
  readonly #options: ServerOptions;
  #child: Deno.ChildProcess | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.name = options.name;
    this.files = options.files;
    this.url = `nats://127.0.0.1:${options.port}`;
  }

  async start(): Promise<void> {
    const { config, files, port, flags, routes, name } = this.#options;
    this.#child = new Deno.Command(installed, {
      args: [
        ...["--config", config, "--addr", "127.0.0.1", "--port", `${port}`],
        ...["--store_dir", files, ...flags],
      ],
      env: { NATS_NAME: name, NATS_ROUTES: JSON.stringify(routes) },
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (let tries = 0;; tries++) {
      try {
        (await Deno.connect({ port })).close();
        return;
      } catch (error) {
        if (tries > 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  signal(signal: Deno.Signal): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    child.kill("SIGKILL");
    await child.status;
  }
}

/** Ports that were free a moment ago. */
export function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}
