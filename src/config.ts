/**
 * Every option once: flag, environment variable, unit, default, help; and how
 * argv and the environment become a {@linkcode Config}. Only floors 6 and up
 * read it.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { z } from "zod";

/** Subcommands; `find` is meant where none is named. */
export const COMMANDS = [
  "find",
  "render",
  "inspect",
  "serve",
  "replay",
  "mcp",
  "doctor",
  "eval",
  "completions",
] as const;

/** A subcommand. */
export type Command = typeof COMMANDS[number];

/** One option of the program. */
export interface Option<Schema extends z.ZodType = z.ZodType> {
  /** Name after `--`; absent for what only the environment gives (secrets). */
  readonly flag?: string;
  /** From the text of the flag (or `true`, for a switch) to the value; its default is the option's. */
  readonly schema: Schema;
  /** What a value must be, in words: errors and help say it. */
  readonly expects: string;
  /** What it does, with unit and default. */
  readonly help: string;
  /** Name of the value in help; switches have none. */
  readonly placeholder?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Environment variable that stands in for the flag; empty means unset. */
  readonly env?: string;
  /** Commands that take it. */
  readonly commands: readonly Command[];
}

/** A flag that names no option, a value out of range, a missing argument: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const scenes: readonly Command[] = [
  "find",
  "render",
  "inspect",
  "serve",
  "mcp",
  "doctor",
];
const runs: readonly Command[] = ["find", "serve", "mcp"];
const views: readonly Command[] = [
  "find",
  "render",
  "serve",
  "mcp",
  "doctor",
];
/** Commands that ask a model. */
const asks: readonly Command[] = ["find", "serve", "mcp", "eval", "doctor"];
/** Commands in which a model decides. */
const decides: readonly Command[] = ["find", "serve", "mcp", "eval"];

/** Text -> number: decimal notation alone, finite. */
function number(): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> {
  return z.string().transform((text, context) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())
      ? Number(text)
      : NaN;
    if (!Number.isFinite(value)) {
      context.addIssue("not a finite number");
      return z.NEVER;
    }
    return value;
  });
}

function integer(min: number, max: number): z.ZodType<number, string> {
  return number().pipe(z.int().min(min).max(max));
}

function numbers(min: number, max: number): z.ZodType<number[], string> {
  return z.string().transform((text) => text.split(","))
    .pipe(z.array(number()).min(min).max(max));
}

/** `90`, `90s`, `10m`, `1h` -> milliseconds. */
const duration: z.ZodType<number, string> = z.string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h)?$/)
  .transform((text) => {
    const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
    const [, value, suffix] = text.match(/^([\d.]+)(\w*)$/) ?? [];
    return Number(value) * unit[(suffix || "s") as keyof typeof unit];
  });

const text = z.string().min(1);
const toggle = z.boolean().default(false);

function option<Schema extends z.ZodType>(
  spec: Option<Schema>,
): Option<Schema> {
  return spec;
}

/** All options by the name under which {@linkcode Config} holds them. */
export const OPTIONS = {
  scene: option({
    flag: "scene",
    placeholder: "FILE",
    schema: text.optional(),
    expects: "a path or http(s) URL",
    help: "Splat file, folder or URL. Default: a furnished flat made in memory",
    commands: ["find", "render", "serve", "mcp", "doctor"],
  }),
  agents: option({
    flag: "agents",
    placeholder: "N",
    schema: integer(1, 16).prefault("2"),
    expects: "an integer from 1 to 16",
    help: "Agents that search at once. Default: 2",
    commands: decides,
  }),
  maxSteps: option({
    flag: "max-steps",
    placeholder: "N",
    schema: integer(1, 100).prefault("15"),
    expects: "an integer from 1 to 100",
    help: "Looks that each agent has. Default: 15",
    commands: decides,
  }),
  start: option({
    flag: "start",
    placeholder: "X,Y,Z,YAW",
    schema: numbers(4, 4).optional(),
    expects: "four numbers x,y,z,yaw",
    help:
      "Start pose in the world: metres, degrees. Default: the scene's start (0,0,0,0)",
    commands: runs,
  }),
  agentRadius: option({
    flag: "agent-radius",
    placeholder: "METRES",
    schema: number().pipe(z.number().min(0).max(100)).optional(),
    expects: "a number of metres from 0 to 100",
    help: "Room that an agent keeps to what is solid. Default: 0.18",
    commands: runs,
  }),
  cameraHeight: option({
    flag: "camera-height",
    placeholder: "METRES",
    schema: number().pipe(z.number().min(0.05).max(1000)).optional(),
    expects: "a number of metres from 0.05 to 1000",
    help:
      "Height of an agent: what is lower and stands on the floor is in its way. Default: that of the start",
    commands: runs,
  }),
  size: option({
    flag: "size",
    placeholder: "PX|WxH",
    schema: z.string().regex(/^\d+(x\d+)?$/)
      .transform((text) => text.split("x").map(Number))
      .pipe(z.array(z.int().min(16).max(8192)))
      .transform(([width = 512, height = width]) => ({ width, height }))
      .optional(),
    expects:
      "a size in pixels such as 512 or 640x480, each side from 16 to 8192",
    help: "Size of a view in pixels. Default: 512, or what --cameras says",
    commands: views,
  }),
  baseUrl: option({
    flag: "base-url",
    placeholder: "URL",
    env: "VLLM_BASE_URL",
    schema: z.url({ protocol: /^https?$/ }).optional(),
    expects: "an http(s) URL such as http://127.0.0.1:8000/v1",
    help: "OpenAI-compatible endpoint of the model, with or without /v1",
    commands: asks,
  }),
  model: option({
    flag: "model",
    placeholder: "NAME",
    env: "VLLM_MODEL",
    schema: text.optional(),
    expects: "a model's name",
    help: "Model to ask. Default: the only one that the endpoint lists",
    commands: asks,
  }),
  apiKey: option({
    env: "VLLM_API_KEY",
    placeholder: "KEY",
    schema: z.string().trim().regex(/^[\x21-\x7e]+$/).optional(),
    expects: "a key of printable ASCII characters",
    help: "Bearer token of the endpoint; never a flag, as others could read it",
    commands: asks,
  }),
  policy: option({
    flag: "policy",
    placeholder: "vlm|baseline",
    schema: z.enum(["vlm", "baseline"]).optional(),
    expects: "vlm or baseline",
    help: "Who decides. Default: vlm if an endpoint is given, else baseline",
    commands: decides,
  }),
  wait: option({
    flag: "wait",
    placeholder: "SECONDS",
    schema: number().pipe(z.number().min(0).max(86_400)).prefault("0"),
    expects: "a number of seconds from 0 to 86400",
    help: "How long to wait for an endpoint that is still loading. Default: 0",
    commands: decides,
  }),
  stepTimeout: option({
    flag: "step-timeout",
    placeholder: "TIME",
    schema: duration.prefault("120s"),
    expects: "a time such as 90s or 2m",
    help:
      "Longest that the model may take for one step, retries included. Default: 120s",
    commands: decides,
  }),
  history: option({
    flag: "history",
    placeholder: "all|last:K",
    schema: z.string().regex(/^(all|last:[1-9]\d{0,3})$/).default("all"),
    expects: "all, or last:K with K from 1",
    help:
      "Pictures that stay in the model's conversation; the rest become notes in words. Default: all",
    commands: decides,
  }),
  thinking: option({
    flag: "thinking",
    schema: toggle,
    expects: "given without a value",
    help: "Let a thinking model think before it answers",
    commands: decides,
  }),
  temperature: option({
    flag: "temperature",
    placeholder: "T",
    schema: number().pipe(z.number().min(0).max(2)).prefault("0.7"),
    expects: "a number from 0 to 2",
    help: "Sampling temperature of the model. Default: 0.7",
    commands: decides,
  }),
  header: option({
    flag: "header",
    placeholder: "NAME:VALUE",
    multiple: true,
    schema: z.array(
      z.string().regex(/^[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e]*$/),
    ).transform((lines) =>
      Object.fromEntries(lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }))
    ).prefault([]),
    expects: "a header such as 'X-Session-ID: run-{agent}'",
    help:
      "Further request header for routers, repeatable; {agent} becomes the agent's number",
    commands: decides,
  }),
  deadline: option({
    flag: "deadline",
    placeholder: "TIME",
    schema: duration.optional(),
    expects: "a time such as 90s or 10m",
    help: "End the run in order after this time. Default: none",
    commands: runs,
  }),
  maxTokensTotal: option({
    flag: "max-tokens-total",
    placeholder: "N",
    schema: integer(1, 2 ** 31 - 1).optional(),
    expects: "an integer from 1",
    help:
      "End the run in order once the model has used so many tokens. Default: none",
    commands: runs,
  }),
  record: option({
    flag: "record",
    placeholder: "FILE",
    schema: text.optional(),
    expects: "a path",
    help: "Keep every exchange with the model: keys redacted, pictures by hash",
    commands: ["find"],
  }),
  replay: option({
    flag: "replay",
    placeholder: "FILE",
    schema: text.optional(),
    expects: "the path of a recording",
    help: "Answer from a recording instead of an endpoint",
    commands: ["find"],
  }),
  verify: option({
    flag: "verify",
    placeholder: "on|off",
    schema: z.enum(["on", "off"]).default("on"),
    expects: "on or off",
    help: "Check a find from nearer before it wins. Default: on",
    commands: runs,
  }),
  seed: option({
    flag: "seed",
    placeholder: "N",
    schema: integer(0, 2 ** 31 - 1).prefault("1"),
    expects: "an integer from 0 to 2147483647",
    help: "Seed of demo flat, policy and sampling. Default: 1",
    commands: [...views, "eval"],
  }),
  out: option({
    flag: "out",
    placeholder: "PATH",
    schema: text.optional(),
    expects: "a path",
    help:
      "find: folder for views and events; render: the .png, or a folder with --cameras; eval: folder for the results",
    commands: ["find", "render", "eval"],
  }),
  gif: option({
    flag: "gif",
    schema: toggle,
    expects: "given without a value",
    help: "With --out: also make run.gif, the agents' views side by side",
    commands: ["find"],
  }),
  pretty: option({
    flag: "pretty",
    schema: toggle,
    expects: "given without a value",
    help: "Show a person's view of the run on stderr",
    commands: ["find", "replay"],
  }),
  speed: option({
    flag: "speed",
    placeholder: "N",
    schema: number().pipe(z.number().min(0.01).max(1e6)).prefault("1"),
    expects: "a number from 0.01 to 1000000",
    help: "How many times as fast as it was the run is played. Default: 1",
    commands: ["replay"],
  }),
  serve: option({
    flag: "serve",
    schema: toggle,
    expects: "given without a value",
    help: "Play the run on the page instead, at --host and --port",
    commands: ["replay"],
  }),
  pose: option({
    flag: "pose",
    placeholder: "X,Y,Z,YAW[,PITCH]",
    schema: numbers(4, 5).optional(),
    expects: "four or five numbers x,y,z,yaw[,pitch]",
    help: "Pose to render from: metres and degrees in the world",
    commands: ["render"],
  }),
  cameras: option({
    flag: "cameras",
    placeholder: "FILE",
    schema: text.optional(),
    expects: "the path of a nerfstudio transforms.json",
    help: "Cameras to render: nerfstudio's transforms.json in the file's axes",
    commands: ["render"],
  }),
  depth: option({
    flag: "depth",
    schema: toggle,
    expects: "given without a value",
    help: "Also write NAME.depth.png: 16-bit grey, millimetres, 0 for none",
    commands: ["render"],
  }),
  fov: option({
    flag: "fov",
    placeholder: "DEGREES",
    schema: number().pipe(z.number().min(5).max(150)).optional(),
    expects: "a number from 5 to 150",
    help: "Vertical field of view. Default: the sidecar's, or 75",
    commands: views,
  }),
  backend: option({
    flag: "backend",
    placeholder: "auto|webgpu|cpu",
    schema: z.enum(["auto", "webgpu", "cpu"]).default("auto"),
    expects: "auto, webgpu or cpu",
    help: "Renderer. Default: auto, a GPU if there is one, else the processor",
    commands: scenes,
  }),
  up: option({
    flag: "up",
    placeholder: "AXIS",
    schema: z.enum(["+x", "-x", "+y", "-y", "+z", "-z"]).optional(),
    expects: "one of +x -x +y -y +z -z",
    help:
      "Axis of the file that points up (--up=-y). Default: the format's convention",
    commands: scenes,
  }),
  scale: option({
    flag: "scale",
    placeholder: "METRES",
    schema: number().pipe(z.number().min(1e-6).max(1e6)).optional(),
    expects: "a number from 1e-6 to 1e6",
    help: "Metres a file unit. Default: the sidecar's, or 1 as a guess",
    commands: scenes,
  }),
  origin: option({
    flag: "origin",
    placeholder: "start|scene",
    schema: z.enum(["start", "scene"]).optional(),
    expects: "start or scene",
    help:
      "The world's origin: the start viewpoint or the file's. Default: start",
    commands: scenes,
  }),
  lod: option({
    flag: "lod",
    placeholder: "N",
    schema: integer(0, 32).prefault("0"),
    expects: "an integer from 0 to 32",
    help: "Level of a streamed SOG, 0 the finest. Default: 0",
    commands: scenes,
  }),
  json: option({
    flag: "json",
    schema: toggle,
    expects: "given without a value",
    help: "Print one JSON object",
    commands: ["inspect", "eval", "doctor"],
  }),
  map: option({
    flag: "map",
    placeholder: "FILE.png",
    schema: z.string().regex(/\.png$/i).optional(),
    expects: "the path of a .png",
    help:
      "Also draw the place from above: bounds, free space, start and its heading",
    commands: ["inspect"],
  }),
  host: option({
    flag: "host",
    placeholder: "NAME",
    env: "HOST",
    schema: text.default("127.0.0.1"),
    expects: "a host name or address",
    help:
      "Address to listen on; beyond loopback a token is asked for. Default: 127.0.0.1",
    commands: ["serve", "replay"],
  }),
  port: option({
    flag: "port",
    placeholder: "N",
    env: "PORT",
    schema: integer(0, 65_535).prefault("8000"),
    expects: "an integer from 0 to 65535",
    help: "Port to listen on; 0 takes any free one. Default: 8000",
    commands: ["serve", "replay"],
  }),
  token: option({
    flag: "token",
    placeholder: "TOKEN",
    env: "SPLATSCOUT_TOKEN",
    schema: text.optional(),
    expects: "a token",
    help: "Bearer token that clients must show, except for /health",
    commands: ["serve"],
  }),
  insecure: option({
    flag: "insecure",
    schema: toggle,
    expects: "given without a value",
    help: "Listen beyond loopback without a token",
    commands: ["serve"],
  }),
  corsOrigin: option({
    flag: "cors-origin",
    placeholder: "ORIGIN",
    schema: z.union([z.literal("*"), z.url({ protocol: /^https?$/ })])
      .transform((value) => value === "*" ? value : new URL(value).origin)
      .prefault("*"),
    expects: "* or an origin such as http://localhost:5173",
    help: "The one origin that browsers may come from. Default: *, any",
    commands: ["serve"],
  }),
  allowedHosts: option({
    flag: "allowed-host",
    placeholder: "NAME",
    multiple: true,
    schema: z.array(text).default([]),
    expects: "a host name",
    help:
      "Name by which clients may call this server, beside localhost and addresses; may be given again",
    commands: ["serve"],
  }),
  nats: option({
    flag: "nats",
    placeholder: "URLS",
    schema: z.string().transform((text) => text.split(",")).pipe(
      z.array(z.url({ protocol: /^(nats|tls)$/ })),
    ).optional(),
    expects: "nats://host:4222, or several with commas between them",
    help:
      "NATS servers (nats:// or tls://) that make this server one of many: any of them starts, runs and shows any session",
    env: "NATS_URL",
    commands: ["serve"],
  }),
  data: option({
    flag: "data",
    placeholder: "DIR",
    schema: text.optional(),
    expects: "a folder",
    help: "Keep the events of each session there, through restarts",
    commands: ["serve", "doctor"],
  }),
  sync: option({
    flag: "sync",
    placeholder: "always|interval",
    schema: z.enum(["always", "interval"]).default("interval"),
    expects: "always or interval",
    help:
      "When --data survives a power cut: each event before it is sent, or every 200 ms. Default: interval",
    commands: ["serve"],
  }),
  maxData: option({
    flag: "max-data",
    placeholder: "MB",
    schema: integer(1, 1e9).prefault("10000"),
    expects: "an integer from 1 to 1000000000",
    help:
      "Megabytes under --data; beyond, the oldest sessions are removed. Default: 10000",
    commands: ["serve"],
  }),
  maxMemory: option({
    flag: "max-memory",
    placeholder: "MB",
    schema: integer(1, 1e6).prefault("1000"),
    expects: "an integer from 1 to 1000000",
    help:
      "Megabytes of events in memory; beyond, the oldest sessions are forgotten. Default: 1000",
    commands: ["serve"],
  }),
  sessionTtl: option({
    flag: "session-ttl",
    placeholder: "TIME",
    schema: duration.prefault("15m"),
    expects: "a time such as 90s, 15m or 2h",
    help: "How long a session can be read after its end. Default: 15m",
    commands: ["serve"],
  }),
  grace: option({
    flag: "grace",
    placeholder: "TIME",
    schema: duration.prefault("20s"),
    expects: "a time such as 5s or 1m",
    help:
      "How long running sessions may go on when the server stops. Default: 20s",
    commands: ["serve"],
  }),
  maxSessions: option({
    flag: "max-sessions",
    placeholder: "N",
    schema: integer(0, 10_000).prefault("16"),
    expects: "an integer from 0 to 10000",
    help:
      "Sessions that run at once; 0 leaves them to the others of --nats. Default: 16",
    commands: ["serve"],
  }),
  maxQueued: option({
    flag: "max-queued",
    placeholder: "N",
    schema: integer(0, 100_000).prefault("128"),
    expects: "an integer from 0 to 100000",
    help: "Sessions that wait for their turn; more get 429. Default: 128",
    commands: ["serve"],
  }),
  maxReaders: option({
    flag: "max-readers",
    placeholder: "N",
    schema: integer(1, 1e6).prefault("5000"),
    expects: "an integer from 1 to 1000000",
    help: "Readers of one session at once. Default: 5000",
    commands: ["serve"],
  }),
  maxReadersPerAddress: option({
    flag: "max-readers-per-address",
    placeholder: "N",
    schema: integer(1, 1e6).prefault("1000"),
    expects: "an integer from 1 to 1000000",
    help:
      "Readers from one address at once; raise it behind a proxy. Default: 1000",
    commands: ["serve"],
  }),
  maxConnections: option({
    flag: "max-connections",
    placeholder: "N",
    schema: integer(1, 1e6).optional(),
    expects: "an integer from 1 to 1000000",
    help:
      "Connections at once. Default, and at most: what the process's file descriptors allow",
    commands: ["serve"],
  }),
  episodes: option({
    flag: "episodes",
    placeholder: "N",
    schema: integer(1, 1000).prefault("100"),
    expects: "an integer from 1 to 1000",
    help: "Flats to search, the first N of the list of --seed. Default: 100",
    commands: ["eval"],
  }),
  policies: option({
    flag: "policies",
    placeholder: "NAME,...",
    schema: z.string().regex(/^[\w-]+(,[\w-]+)*$/)
      .transform((names) => [...new Set(names.split(","))])
      .optional(),
    expects: "names, separated by commas",
    help:
      "Who searches; a wrong name lists the right ones. Default: all that need no model",
    commands: ["eval"],
  }),
  jobs: option({
    flag: "jobs",
    placeholder: "N",
    schema: integer(1, 64).prefault("2"),
    expects: "an integer from 1 to 64",
    help: "Flats that are searched at once. Default: 2",
    commands: ["eval"],
  }),
  help: option({
    flag: "help",
    schema: toggle,
    expects: "given without a value",
    help: "Show this help",
    commands: COMMANDS,
  }),
} as const satisfies Record<string, Option>;

/** The value of every option; those that a command does not take hold their defaults. */
export type Config = {
  readonly [Name in keyof typeof OPTIONS]: z.output<
    typeof OPTIONS[Name]["schema"]
  >;
};

/** A command line that has been understood. */
export interface CommandLine {
  readonly command: Command;
  /** What is no flag: the query's words, the file of `inspect`. */
  readonly positionals: readonly string[];
  readonly config: Config;
}

/**
 * Reads argv and the environment.
 *
 * @param readEnv the variable's value, or `undefined` if unset or not permitted
 * @throws {UsageError} If a flag is unknown, lacks its value or has a wrong one.
 */
export function parseCommandLine(
  argv: readonly string[],
  readEnv: (variable: string) => string | undefined,
): CommandLine {
  const named = COMMANDS.find((command) => command === argv[0]);
  const command = named ?? "find";
  const entries = Object.entries(OPTIONS) as [keyof Config, Option][];
  const taken = entries.filter(([, { commands }]) =>
    commands.includes(command)
  );
  const { values, positionals } = parse(argv.slice(named ? 1 : 0), taken);
  const config = Object.fromEntries(entries.map(([name, spec]) => {
    if (!spec.commands.includes(command)) {
      return [name, spec.schema.parse(undefined)];
    }
    const given = spec.flag === undefined ? undefined : values[spec.flag];
    const fromEnv = given === undefined && spec.env
      ? readEnv(spec.env) || undefined
      : undefined;
    return [
      name,
      convert(spec, given ?? fromEnv, fromEnv !== undefined),
    ];
  })) as unknown as Config;
  return { command, positionals, config };
}

function parse(
  args: readonly string[],
  options: readonly [string, Option][],
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: Object.fromEntries(
        options.flatMap(([, spec]) =>
          spec.flag === undefined ? [] : [[spec.flag, {
            type: spec.placeholder === undefined ? "boolean" : "string",
            multiple: spec.multiple ?? false,
            ...(spec.flag === "help" ? { short: "h" } : {}),
          }]]
        ),
      ),
    });
    return { values, positionals };
  } catch (cause) {
    const [message = ""] = (cause as Error).message.split(/\.? ?\n|\. /);
    const mend = message.includes("ambiguous")
      ? "a value that begins with a minus is written --option=-value"
      : "--help lists the options";
    throw new UsageError(`${message}; ${mend}`, { cause });
  }
}

function convert(spec: Option, value: unknown, fromEnv: boolean): unknown {
  const result = spec.schema.safeParse(value);
  if (result.success) return result.data;
  const source = fromEnv ? spec.env : `--${spec.flag}`;
  throw new UsageError(
    `Cannot use ${source} as it must be ${spec.expects}: current value is ${
      spec.flag === undefined ? "hidden" : JSON.stringify(value)
    }`,
  );
}

/** The options that a command takes. */
export function optionsOf(command: Command): Option[] {
  return Object.values(OPTIONS as Record<string, Option>)
    .filter(({ commands }) => commands.includes(command));
}

/** Help of a command: its options, one a line. */
export function optionHelp(command: Command): string {
  const rows = optionsOf(command)
    .map(({ flag, placeholder, help, env }) =>
      [
        `  ${flag ? `--${flag}` : `${env}=`}${
          placeholder ? `${flag ? " " : ""}${placeholder}` : ""
        }`,
        help + (flag && env ? ` [or ${env}]` : ""),
      ] as const
    );
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => left.padEnd(width) + right).join("\n");
}
