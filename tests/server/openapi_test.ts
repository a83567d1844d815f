/**
 * /openapi.json is true: what the server answers is what the document says.
 * It does in short what schemathesis does at length, which runs clean too.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { startProcess, startSession } from "./harness.ts";

interface MediaType {
  schema?: Record<string, unknown>;
}

interface Operation {
  operationId: string;
  parameters?: { name: string; in: "query" | "path" }[];
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, { content?: Record<string, MediaType> }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
}

interface Sent {
  query: string;
  session: string;
  body: string;
  type: string;
  lastEventId: string;
}

const methods = ["get", "post", "delete"];

const number = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double(),
  fc.constantFrom("x", "", null),
);

const sent: fc.Arbitrary<Sent> = fc.record({
  query: fc.option(
    fc.record({
      x: number,
      y: number,
      yaw: number,
    }, { requiredKeys: [] }),
    { nil: {} },
  ).map((given) =>
    new URLSearchParams(
      Object.entries(given).map(([name, value]) => [name, `${value}`]),
    ).toString()
  ),
  session: fc.oneof(
    fc.constant("known"),
    fc.stringMatching(/^[0-9a-f]{32}$/),
    fc.string().map(encodeURIComponent).map((text) => text || "x"),
  ),
  body: fc.oneof(
    fc.constant('{"query":"steps=1 every=0"}'),
    fc.record({
      query: fc.constantFrom("steps=1 every=0", "", "x".repeat(2001)),
      num_agents: number,
      start_yaw: number,
      max_steps: fc.integer({ min: -1, max: 120 }),
    }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
    fc.json(),
    fc.string(),
  ),
  type: fc.constantFrom("application/json", "text/plain"),
  lastEventId: fc.constantFrom("", "x", "0000000000000000-0"),
});

/** What is wrong with an answer to `operation`; nothing if the document describes it. */
async function violation(
  answer: Response,
  operation: Operation,
): Promise<string | undefined> {
  const text = await answer.text();
  const described = operation.responses[answer.status];
  if (described === undefined) return `status ${answer.status}: ${text}`;
  const type = answer.headers.get("Content-Type")?.split(";")[0];
  if (type === undefined) {
    return described.content ? `no content, but ${answer.status}` : undefined;
  }
  const schema = described.content?.[type]?.schema;
  if (schema === undefined) return `content of type ${type}`;
  const check = (value: unknown): string | undefined => {
    const { success, error } = z.fromJSONSchema(schema).safeParse(value);
    return success ? undefined : `${text.slice(0, 300)}: ${error}`;
  };
  if (type === "application/json") return check(JSON.parse(text));
  if (type !== "text/event-stream") return check(text);
  const records = text.trim().split("\n\n").map((record) =>
    Object.fromEntries(
      record.split("\n").map((line) => line.split(/: (.*)/, 2)),
    )
  );
  return records.map(check).find((wrong) => wrong !== undefined);
}

Deno.test("/openapi.json describes every answer", async () => {
  await using server = await startProcess({
    limits: { maxQueued: 10_000, maxReadersPerAddress: 10_000 },
  });
  const { url } = server;
  const document: Document = await (await fetch(`${url}/openapi.json`)).json();
  // Readers of OpenAPI 3.1, schemathesis among them, choke on tuples.
  assert.doesNotMatch(JSON.stringify(document), /prefixItems/);
  const known = await startSession(server, "steps=1");
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => item[method] ? [{ path, method }] : [])
  );
  assert.equal(
    new Set(
      operations.map(({ path, method }) =>
        document.paths[path]![method]!.operationId
      ),
    ).size,
    operations.length,
  );
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...operations),
      sent,
      async ({ path, method }, { query, session, body, type, lastEventId }) => {
        const operation = document.paths[path]![method]!;
        const target = path.replace(
          "{session}",
          session === "known" ? known : session,
        );
        const answer = await fetch(
          `${url}${target}${path === "/getImage" ? `?${query}` : ""}`,
          {
            method: method.toUpperCase(),
            headers: {
              ...(lastEventId ? { "Last-Event-ID": lastEventId } : {}),
              ...(operation.requestBody ? { "Content-Type": type } : {}),
            },
            ...(operation.requestBody ? { body } : {}),
          },
        );
        seen.add(`${operation.operationId} ${answer.status}`);
        assert.equal(await violation(answer, operation), undefined);
      },
    ),
    { numRuns: 400, seed: 1 },
  );
  // Both sides of what can go right or wrong were met.
  for (
    const met of [
      "createSession 200",
      "createSession 400",
      "createSession 415",
      "streamAgents 200",
      "streamAgents 400",
      "readSession 200",
      "readSession 404",
      "readSession 410",
      "stopSession 202",
      "getImage 200",
      "getImage 400",
      "getReady 200",
    ]
  ) assert.ok(seen.has(met), `${met} among ${[...seen].sort().join(", ")}`);
});

Deno.test("/openapi.json takes and refuses the bodies that the server takes and refuses", async () => {
  await using server = await startProcess({ limits: { maxQueued: 10_000 } });
  const { url } = server;
  const document: Document = await (await fetch(`${url}/openapi.json`)).json();
  const { requestBody } = document.paths["/sessions"]!.post!;
  const described = z.fromJSONSchema(
    requestBody!.content["application/json"]!.schema!,
  );
  const value = fc.oneof(
    fc.integer({ min: -2, max: 20 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string(),
    fc.constant(null),
    fc.constantFrom("steps=1", " ", "x".repeat(2000), "x".repeat(2001)),
  );
  const body = fc.record({
    query: value,
    num_agents: value,
    max_steps: value,
    start_x: value,
    other: value,
  }, { requiredKeys: ["query"] });
  await fc.assert(
    fc.asyncProperty(body, async (body) => {
      const answer = await fetch(`${url}/sessions`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      await answer.body?.cancel();
      assert.equal(
        answer.status,
        described.safeParse(JSON.parse(JSON.stringify(body))).success
          ? 200
          : 400,
      );
    }),
    { numRuns: 300, seed: 1 },
  );
});
