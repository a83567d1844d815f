/**
 * What goes in and out over HTTP, as schemas: they check requests and make
 * /openapi.json.
 *
 * @module
 */

import { z } from "zod";

const coordinate = z.number().meta({
  description: "Metres in the world; pulled into the scene's bounds",
});
const degrees = z.number().meta({
  description: "Degrees; 0 looks along +x, 90 along +y",
});

const queryRule = "must be 1 to 2000 characters, not all of them spaces";

/** Body of POST /stream_agents and POST /sessions. What is absent comes from the server's flags. */
export const startBody = z.object({
  query: z.string(queryRule).min(1, { error: queryRule, abort: true })
    .max(2000, { error: queryRule, abort: true }).regex(/\S/, queryRule).meta({
      description: "What to find",
      examples: ["the red chair"],
    }),
  start_x: coordinate.optional(),
  start_y: coordinate.optional(),
  start_z: coordinate.optional(),
  start_yaw: degrees.optional(),
  num_agents: z.int().min(1).max(16).optional(),
  max_steps: z.int().min(1).max(100).optional(),
}, 'must be an object such as {"query": "the red chair"}');

/** State of a session. */
export const sessionStatus = z.enum([
  "queued",
  "running",
  "complete",
  "cancelled",
]);

/** S in the contract: a session. */
export const sessionSchema = z.strictObject({
  session_id: z.string(),
  query: z.string(),
  status: sessionStatus,
  num_agents: z.int(),
  winner_agent_id: z.int().nullable(),
  description: z.string().nullable(),
  created_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
});

/** A session as clients see it. */
export type SessionView = z.infer<typeof sessionSchema>;

/** Answer of GET /sessions. */
export const sessionsSchema = z.strictObject({
  sessions: z.array(sessionSchema),
});

/** Answer of POST /sessions. */
export const createdSchema = z.strictObject({ session_id: z.string() });

/** A finite number in a query string, in decimal notation. */
const queryNumber = z.string()
  .regex(
    /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/,
    "must be a number such as -1.5",
  )
  .transform(Number)
  .pipe(z.number());

/** Query of GET /getImage; what is absent is 0. */
export const imageQuery = z.object({
  x: queryNumber.prefault("0"),
  y: queryNumber.prefault("0"),
  z: queryNumber.prefault("0"),
  yaw: queryNumber.prefault("0"),
});

/** Answer of GET /getImage. */
export const imageSchema = z.strictObject({
  image: z.base64().meta({ description: "PNG" }),
  mimeType: z.literal("image/png"),
  x: z.number(),
  y: z.number(),
  z: z.number(),
  yaw: z.number(),
  allowed: z.strictObject({
    forward: z.boolean(),
    backward: z.boolean(),
    left: z.boolean(),
    right: z.boolean(),
    turnLeft: z.boolean(),
    turnRight: z.boolean(),
  }),
});

/** Moves from a pose that stay where an agent can be. */
export type AllowedMoves = z.infer<typeof imageSchema>["allowed"];

const corner = z.tuple([z.number(), z.number()]);

/** Answer of GET /map. */
export const mapSchema = z.strictObject({
  image: z.base64().meta({
    description:
      "PNG of the scene from straight above, ceiling cut away; +x to the right, +y up",
  }),
  mimeType: z.literal("image/png"),
  min: corner.meta({ description: "World x and y of the lower left corner" }),
  max: corner.meta({ description: "World x and y of the upper right corner" }),
  metres_per_pixel: z.number(),
  cut: z.number().meta({
    description: "World z above which everything was left out",
  }),
});

/** The scene from above. */
export type PlaceMap = z.infer<typeof mapSchema>;

/** Answer of GET /floor. */
export const floorSchema = z.strictObject({
  floor: z.strictObject({
    min: corner.readonly().meta({
      description: "World x and y of the lower left corner",
    }),
    cell: z.number().positive().meta({ description: "Side of a cell, metres" }),
    columns: z.int().positive(),
    rows: z.int().positive(),
    open: z.base64().meta({
      description:
        "A bit a cell, the least y first, the least bit first: 1 where an agent can get from the start",
    }),
  }).nullable().meta({
    description: "null where floor cannot be told from the splats",
  }),
});

/** Answer of GET /visible. */
export const visibleSchema = z.strictObject({
  polygon: z.array(corner).meta({
    description: "World x and y of the corners; the first is the viewpoint",
  }),
});

const vector = z.array(z.number()).length(3);
const world = z.strictObject({
  x: z.number(),
  y: z.number(),
  z: z.number(),
  yaw: z.number(),
});

/** Answer of GET /scene: the keys of `inspect --json`, and the place in world units. */
export const sceneSchema = z.looseObject({
  bounds: z.strictObject({ min: vector, max: vector }),
  start: world,
  fov: z.number(),
});

/** Answer of GET /health. */
export const healthSchema = z.strictObject({ status: z.literal("ok") });

/** Answer of GET /ready: what is there and what is not, in words. */
export const readySchema = z.strictObject({
  status: z.enum(["ready", "unready"]),
  checks: z.record(z.string(), z.string()),
});

/** Answer of every refusal. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    issues: z.array(z.strictObject({
      path: z.string(),
      message: z.string(),
    })).optional(),
  }),
});
