/**
 * /openapi.json, made from the schemas that check requests and answers.
 *
 * @module
 */

import { z } from "zod";
import { agentEvent } from "../events/event.ts";
import { VERSION } from "../version.ts";
import {
  createdSchema,
  errorSchema,
  floorSchema,
  healthSchema,
  imageSchema,
  mapSchema,
  readySchema,
  sceneSchema,
  sessionSchema,
  sessionsSchema,
  startBody,
  visibleSchema,
} from "./schemas.ts";

type Json = Record<string, unknown>;

const descriptions: Record<number, string> = {
  200: "Done",
  202: "Stopping",
  204: "Nothing more will come",
  400: "The request is not understood",
  401: "The bearer token is missing or wrong",
  403: "The Host or Origin is not served",
  404: "Unknown",
  405: "The method is not known here",
  408: "The body did not come in time",
  410: "Expired, or of another life of the log",
  413: "The body is too large",
  415: "The body is not JSON",
  429: "Too much at once: come back later",
  503: "Not ready, or about to stop",
};

/**
 * Where a session's id leads. Not to its DELETE: what was stopped can still be
 * read, which tools that follow links would take for a fault.
 */
const createdLinks: Json = Object.fromEntries(
  ["getSession", "readSession", "getReport"].map((
    operationId,
  ) => [operationId, {
    operationId,
    parameters: { session: "$response.body#/session_id" },
  }]),
);

/** The document, OpenAPI 3.1. */
export const openApiDocument: Json = {
  openapi: "3.1.0",
  info: {
    title: "splatscout",
    version: VERSION,
    description: "Agents that search a Gaussian-splat scan.",
  },
  components: {
    securitySchemes: { token: { type: "http", scheme: "bearer" } },
  },
  security: [{}, { token: [] }],
  paths: {
    "/": {
      get: operation("getPage", "The page", { 200: html() }),
      post: streamOperation("streamAgentsAtRoot"),
    },
    "/stream_agents": { post: streamOperation("streamAgents") },
    "/sessions": {
      get: operation("listSessions", "Sessions", { 200: json(sessionsSchema) }),
      post: operation("createSession", "Search without a reader", {
        200: { ...json(createdSchema), links: createdLinks },
        ...bodyRefusals(),
      }, { requestBody: body() }),
    },
    "/sessions/{session}": {
      parameters: [idParameter()],
      get: operation("getSession", "One session", {
        200: json(sessionSchema),
        ...sessionRefusals(),
      }),
      delete: operation("stopSession", "Stop a session", {
        202: json(sessionSchema),
        ...sessionRefusals(),
      }),
    },
    "/sessions/{session}/stream": {
      parameters: [idParameter()],
      get: operation(
        "readSession",
        "Events, from the start or after Last-Event-ID",
        {
          200: eventStream(),
          204: {},
          429: json(errorSchema),
          ...sessionRefusals(),
        },
        {
          // No parameter of the document, as hardly any of the texts that its schema could describe is an id that was given out.
          description:
            "The header Last-Event-ID, the id of the last event that was read, makes the stream go on behind it. 410 if this log never gave that id out; 204 if nothing will come behind it.",
        },
      ),
    },
    "/sessions/{session}/report": {
      parameters: [idParameter()],
      get: operation("getReport", "The report, one page by itself", {
        200: html(),
        ...sessionRefusals(),
      }),
    },
    "/getImage": {
      get: operation("getImage", "What is seen from a pose", {
        200: json(imageSchema),
        400: json(errorSchema),
      }, { parameters: poseParameters() }),
    },
    "/map": {
      get: operation("getMap", "The scene from above", {
        200: json(mapSchema),
        404: json(errorSchema),
      }),
    },
    "/floor": {
      get: operation("getFloor", "The floor that agents can reach", {
        200: json(floorSchema),
      }),
    },
    "/visible": {
      get: operation("getVisible", "Ground that is seen from a pose", {
        200: json(visibleSchema),
        400: json(errorSchema),
      }, { parameters: poseParameters() }),
    },
    "/scene": {
      get: operation("getScene", "The scene", { 200: json(sceneSchema) }),
    },
    "/health": {
      get: operation("getHealth", "Lives", { 200: json(healthSchema) }),
    },
    "/ready": {
      get: operation("getReady", "Can search", {
        200: json(readySchema),
        503: json(readySchema),
      }),
    },
    "/metrics": {
      get: operation("getMetrics", "Numbers for Prometheus", {
        200: { content: { "text/plain": { schema: { type: "string" } } } },
      }),
    },
    "/openapi.json": {
      get: operation("getOpenApi", "This document", {
        200: { content: { "application/json": { schema: {} } } },
      }),
    },
  },
};

function operation(
  operationId: string,
  summary: string,
  responses: Record<number, Json>,
  rest: Json = {},
): Json {
  const all = {
    ...responses,
    401: json(errorSchema),
    403: json(errorSchema),
  };
  return {
    operationId,
    summary,
    ...rest,
    responses: Object.fromEntries(
      Object.entries(all).map((
        [status, content],
      ) => [status, {
        description: descriptions[Number(status)],
        ...content,
      }]),
    ),
  };
}

function streamOperation(operationId: string): Json {
  return operation(operationId, "Search; the client's leaving stops it", {
    200: eventStream(),
    ...bodyRefusals(),
  }, { requestBody: body() });
}

function json(schema: z.ZodType): Json {
  return {
    content: {
      "application/json": {
        schema: z.toJSONSchema(schema, { override: describeTuple }),
      },
    },
  };
}

/** Tuples as arrays of their length: few readers of OpenAPI know `prefixItems`. */
function describeTuple(
  { jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema },
): void {
  const { prefixItems } = jsonSchema;
  if (prefixItems === undefined) return;
  delete jsonSchema.prefixItems;
  jsonSchema.items = prefixItems[0]!;
  jsonSchema.minItems = jsonSchema.maxItems = prefixItems.length;
}

function html(): Json {
  return { content: { "text/html": { schema: { type: "string" } } } };
}

/** OpenAPI 3.1 has no word for streams; its readers take the schema for that of each record. */
function eventStream(): Json {
  const record = {
    type: "object",
    properties: {
      id: {
        type: "string",
        description: "Opaque; for Last-Event-ID",
      },
      data: {
        type: "string",
        contentMediaType: "application/json",
        contentSchema: z.toJSONSchema(agentEvent),
      },
    },
    required: ["id", "data"],
  };
  return { content: { "text/event-stream": { schema: record } } };
}

function body(): Json {
  return {
    required: true,
    content: {
      "application/json": {
        schema: z.toJSONSchema(startBody, { io: "input" }),
      },
    },
  };
}

function bodyRefusals(): Record<number, Json> {
  return Object.fromEntries(
    [400, 408, 413, 415, 429, 503].map((
      status,
    ) => [status, json(errorSchema)]),
  );
}

function sessionRefusals(): Record<number, Json> {
  return { 404: json(errorSchema), 410: json(errorSchema) };
}

function poseParameters(): Json[] {
  return ["x", "y", "z", "yaw"].map((name) => ({
    name,
    in: "query",
    required: false,
    schema: { type: "number", default: 0 },
  }));
}

function idParameter(): Json {
  return {
    name: "session",
    in: "path",
    required: true,
    schema: { type: "string", pattern: "^[0-9a-f]{32}$" },
  };
}
