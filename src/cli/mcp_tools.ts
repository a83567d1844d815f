/**
 * What a Model Context Protocol client may ask for: find, render, inspect, map.
 *
 * @module
 */

import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types";
import { z } from "zod";
import type { Config } from "../config/mod.ts";
import type { AgentEvent } from "../events/event.ts";
import { Budget } from "../budget.ts";
import { type Pose, wrapDegrees } from "../geometry/pose.ts";
import { encodePng } from "../image/png.ts";
import { cameraAtPose } from "../render/camera.ts";
import { renderMap } from "../render/map_view.ts";
import { placeIn } from "../results/place_in.js";
import { run } from "../run.ts";
import type { World } from "../world.ts";
import type { OpenWorlds } from "./open_worlds.ts";

/** What the tools work with. */
export interface ToolsContext {
  readonly config: Config;
  readonly worlds: OpenWorlds;
}

/** What an answered request can still be told. */
interface Extra {
  readonly signal: AbortSignal;
  readonly _meta?: { readonly progressToken?: string | number | undefined };
  sendNotification(notification: {
    method: "notifications/progress";
    params: {
      progressToken: string | number;
      progress: number;
      total?: number;
      message?: string;
    };
  }): Promise<void>;
}

const scene = z.string().min(1).optional()
  .describe("Path or http(s) URL of a splat file; default: the server's scene");
const coordinate = z.number().min(-1e6).max(1e6);
const pose = {
  x: coordinate.optional().describe("metres; default: the start's"),
  y: coordinate.optional().describe("metres; default: the start's"),
  z: coordinate.optional().describe("metres; default: the start's eye height"),
  yaw: coordinate.optional().describe(
    "degrees, counter-clockwise from +x; default: the start's",
  ),
};
/** Longer side of a map, pixels: what models take without shrinking it. */
const MAP_SIZE = 1024;

/** Gives `server` the tools. */
export function addTools(
  server: McpServer,
  { config, worlds }: ToolsContext,
): void {
  const readOnly = { readOnlyHint: true, openWorldHint: false };
  const size = config.size ?? { width: 512, height: 512 };
  server.registerTool("find", {
    title: "Find something in a scan",
    description:
      "Sends agents through the scan until one has found what the query asks for. Tells each step as progress; answers with where it is (position, world metres, null if unknown), from where it was seen (pose) and the view that shows it.",
    inputSchema: {
      query: z.string().min(1).max(2000).describe(
        'what to find, as in "find the red chair"',
      ),
      scene,
      agents: z.int().min(1).max(16).default(config.agents),
      max_steps: z.int().min(1).max(100).default(config.maxSteps),
      ...pose,
    },
    annotations: readOnly,
  }, (request, extra) =>
    worlds.use(
      request.scene,
      ({ world }) => find(world, request, { config, extra }),
    ));

  server.registerTool("render", {
    title: "Look into a scan",
    description: "Renders what is seen from a pose, as a PNG.",
    inputSchema: {
      scene,
      ...pose,
      pitch: z.number().min(-90).max(90).default(0).describe("degrees, up"),
      width: z.int().min(16).max(2048).default(size.width),
      height: z.int().min(16).max(2048).default(size.height),
    },
    annotations: readOnly,
  }, (request, { signal }) =>
    worlds.use(request.scene, async ({ world }) => {
      const camera = cameraAtPose(
        world.frame,
        { ...poseOf(request, world), pitch: request.pitch },
        request,
      );
      const view = await (await world.renderer()).render(camera, { signal });
      return { content: [picture(await encodePng(view))] };
    }));

  server.registerTool("inspect", {
    title: "What a scan holds",
    description:
      "Format, number of splats, axes and their reasons, bounds and start of a scan.",
    inputSchema: { scene },
    annotations: readOnly,
  }, (request) =>
    worlds.use(request.scene, ({ world: { frame }, summary }) => {
      const { bounds, start, fov, reasons } = frame;
      const facts = { ...summary, bounds, start, fov, reasons };
      return Promise.resolve({
        content: [{ type: "text", text: JSON.stringify(facts, null, 2) }],
      });
    }));

  server.registerTool("map", {
    title: "A scan from above",
    description:
      "The place from straight above, its ceiling cut away, x to the right, y up.",
    inputSchema: { scene },
    annotations: readOnly,
  }, (request, { signal }) =>
    worlds.use(request.scene, async ({ world }) => {
      const { image, area, metresPerPixel } = await renderMap(
        await world.renderer(),
        world.frame,
        { size: MAP_SIZE, signal },
      );
      const text = JSON.stringify({
        area,
        metres_per_pixel: metresPerPixel,
        start: world.frame.start,
        bounds: world.frame.bounds,
      });
      return {
        content: [
          picture(await encodePng(image)),
          { type: "text", text },
        ],
      };
    }));
}

/** A pose as far as a request has it. */
interface PartOfPose {
  readonly x?: number | undefined;
  readonly y?: number | undefined;
  readonly z?: number | undefined;
  readonly yaw?: number | undefined;
}

/** The pose that is meant: what was left out is the start's. */
function poseOf({ x, y, z, yaw }: PartOfPose, { start }: World): Pose {
  return {
    x: x ?? start.x,
    y: y ?? start.y,
    z: z ?? start.z,
    yaw: wrapDegrees(yaw ?? start.yaw),
  };
}

interface FindRequest extends PartOfPose {
  readonly query: string;
  readonly agents: number;
  readonly max_steps: number;
}

async function find(
  world: World,
  { query, agents, max_steps, ...start }: FindRequest,
  { config, extra }: { readonly config: Config; readonly extra: Extra },
): Promise<CallToolResult> {
  const faults: string[] = [];
  let found: Extract<AgentEvent, { type: "agent_found" }> | undefined;
  let end: Extract<AgentEvent, { type: "session_complete" }> | undefined;
  let steps = 0;
  const { vlm, makePolicy } = world.ofOneRun();
  const budget = new Budget(config, vlm);
  const events = budget.watch(run(
    {
      query,
      start: poseOf(start, world),
      numAgents: agents,
      maxSteps: max_steps,
      seed: config.seed,
    },
    { ...world, makePolicy },
    {
      signal: AbortSignal.any([extra.signal, budget.signal]),
      notFound: () => budget.notFound(),
    },
  ));
  for await (const event of events) {
    if (event.type === "agent_found") found = event;
    if (event.type === "session_complete") end = event;
    if (event.type === "error") faults.push(event.message);
    if (event.type === "agent_step") {
      steps++;
      await tellProgress(extra, {
        progress: steps,
        total: agents * max_steps,
        message: `agent ${event.agent_id}: ${event.reasoning}`,
      });
    }
  }
  extra.signal.throwIfAborted();
  const text = JSON.stringify({
    found: found !== undefined,
    description: end?.description,
    steps,
    ...(faults.length === 0 ? {} : { errors: [...new Set(faults)] }),
    ...(found === undefined ? {} : {
      position: placeIn(found.description) ?? null,
      pose: found.trajectory.at(-1),
    }),
  });
  return {
    isError: faults.length >= agents,
    content: [
      { type: "text", text },
      ...(found === undefined
        ? []
        : [picture(Uint8Array.fromBase64(found.final_image_b64))]),
    ],
  };
}

async function tellProgress(
  { _meta, sendNotification }: Extra,
  progress: { progress: number; total: number; message: string },
): Promise<void> {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return; // Nobody asked.
  await sendNotification({
    method: "notifications/progress",
    params: { progressToken, ...progress },
  });
}

function picture(
  png: Uint8Array,
): { type: "image"; data: string; mimeType: "image/png" } {
  return { type: "image", data: png.toBase64(), mimeType: "image/png" };
}
