/**
 * `splatscout mcp`: the program as tools of a Model Context Protocol client,
 * over stdin and stdout.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import { addTools } from "./mcp_tools.ts";
import { OpenWorlds } from "./open_worlds.ts";
import { say } from "./terminal.ts";
import { VERSION } from "../version.ts";

const INSTRUCTIONS =
  `splatscout looks into Gaussian-splat scans of places. The world is right-handed, z up, in metres; yaw in degrees, 0 along +x, 90 along +y; (0, 0, 0, 0) is a free viewpoint at eye height. Begin with "map" or "render" at the start, search with "find". Without "scene" the scan given on the command line is meant, or a demo flat.`;

/**
 * Serves until the client leaves or the signal aborts.
 *
 * @returns the exit code, 0
 */
export async function mcp(
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  // The package's types stand under the name without its ending.
  const { McpServer } = await import(
    "@modelcontextprotocol/sdk/server/mcp.js"
  ) as typeof import("@modelcontextprotocol/sdk/server/mcp");
  const { StdioServerTransport } = await import(
    "@modelcontextprotocol/sdk/server/stdio.js"
  ) as typeof import("@modelcontextprotocol/sdk/server/stdio");
  const left = Promise.withResolvers<void>();
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal]);
  over.addEventListener("abort", () => left.resolve());
  if (over.aborted) left.resolve();
  await using worlds = new OpenWorlds(config, { onNotice: say, signal: over });
  const server = new McpServer(
    { name: "splatscout", version: VERSION },
    { instructions: INSTRUCTIONS },
  );
  addTools(server, { config, worlds });
  // A client that has gone closes stdin, or reads no more: runs of nobody end.
  const { default: process } = await import("node:process");
  process.stdin.on("end", () => stop.abort());
  process.stdin.on("close", () => stop.abort());
  process.stdout.on("error", () => stop.abort());
  await server.connect(new StdioServerTransport());
  await left.promise;
  await server.close();
  return 0;
}
