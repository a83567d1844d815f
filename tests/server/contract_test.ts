import assert from "node:assert/strict";
import { agentEvent } from "../../src/events/event.ts";
import {
  createdSchema,
  errorSchema,
  floorSchema,
  imageSchema,
  mapSchema,
  readySchema,
  sceneSchema,
  sessionSchema,
  sessionsSchema,
  visibleSchema,
} from "../../src/server/schemas.ts";
import { naiveRead, parseSse } from "../sse.ts";
import {
  RawClient,
  startProcess,
  startRequest,
  startSession,
  until,
} from "./harness.ts";

Deno.test("the contract over HTTP", async (t) => {
  await using server = await startProcess({ limits: { sessionTtl: 60_000 } });
  const { url } = server;

  for (const path of ["/stream_agents", "/"]) {
    await t.step(
      `POST ${path} streams a run that the front end reads`,
      async () => {
        const answer = await fetch(
          url + path,
          startRequest("steps=2", { num_agents: 2, start_x: 1.5 }),
        );
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("content-type"), "text/event-stream");
        assert.match(answer.headers.get("cache-control")!, /no-cache/);
        assert.equal(answer.headers.get("access-control-allow-origin"), "*");
        const events = await Array.fromAsync(naiveRead(answer));
        for (const event of events) agentEvent.parse(event);
        assert.deepEqual(events.map(({ type }) => type), [
          "agent_started",
          "agent_started",
          "agent_step",
          "agent_step",
          "agent_step",
          "agent_step",
          "agent_found",
          "agent_done",
          "session_complete",
        ]);
        const [first] = events;
        assert.ok(first?.type === "agent_started");
        assert.deepEqual(first.start_pose, { x: 1.5, y: 0, z: 0, yaw: 0 });
      },
    );
  }

  await t.step(
    "POST /sessions answers while the run goes on; the session can be listed and read",
    async () => {
      const answer = await fetch(
        `${url}/sessions`,
        startRequest("steps=3 every=500", { num_agents: 1 }),
      );
      const { session_id: id } = createdSchema.parse(await answer.json());
      assert.match(id, /^[0-9a-f]{32}$/);
      const view = sessionSchema.parse(
        await (await fetch(`${url}/sessions/${id}`)).json(),
      );
      assert.equal(view.status, "running");
      assert.equal(view.ended_at, null);
      const text = await (await fetch(`${url}/sessions/${id}/stream`)).text();
      assert.equal(parseSse(text).records.length, 6);
      const ended = sessionSchema.parse(
        await (await fetch(`${url}/sessions/${id}`)).json(),
      );
      assert.equal(ended.status, "complete");
      assert.equal(ended.winner_agent_id, 0);
      assert.equal(ended.description, "a red chair");
      assert.ok(Date.parse(ended.ended_at!) >= Date.parse(ended.created_at));
      const { sessions } = sessionsSchema.parse(
        await (await fetch(`${url}/sessions`)).json(),
      );
      assert.deepEqual(sessions.find((s) => s.session_id === id), ended);
    },
  );

  await t.step(
    "a stream goes on after any id, without gap or double",
    async () => {
      const id = await startSession(server, "steps=5");
      const stream = `${url}/sessions/${id}/stream`;
      const whole = parseSse(await (await fetch(stream)).text()).records;
      assert.equal(new Set(whole.map(({ id }) => id)).size, whole.length);
      for (const [i, { id: last }] of whole.entries()) {
        const answer = await fetch(stream, {
          headers: { "Last-Event-ID": last },
        });
        assert.equal(answer.status, i === whole.length - 1 ? 204 : 200);
        assert.deepEqual(
          parseSse(await answer.text()).records,
          whole.slice(i + 1),
        );
      }
      const other = await startSession(server, "steps=5");
      for (const bad of [whole[0]!.id.replace(/^./, "z"), "1", "ffff-0"]) {
        const answer = await fetch(stream, {
          headers: { "Last-Event-ID": bad },
        });
        assert.equal(answer.status, 410);
        errorSchema.parse(await answer.json());
      }
      const foreign = await fetch(`${url}/sessions/${other}/stream`, {
        headers: { "Last-Event-ID": whole[1]!.id },
      });
      assert.equal(foreign.status, 410);
      await foreign.body?.cancel();
    },
  );

  await t.step("DELETE stops a session in order", async () => {
    const id = await startSession(server, "steps=1000 every=20", {
      num_agents: 2,
    });
    const reading = fetch(`${url}/sessions/${id}/stream`);
    const answer = await fetch(`${url}/sessions/${id}`, { method: "DELETE" });
    assert.equal(answer.status, 202);
    assert.equal(sessionSchema.parse(await answer.json()).status, "cancelled");
    const events = await Array.fromAsync(naiveRead(await reading));
    assert.deepEqual(events.slice(-3).map(({ type }) => type), [
      "agent_done",
      "agent_done",
      "session_complete",
    ]);
    const view = sessionSchema.parse(
      await (await fetch(`${url}/sessions/${id}`)).json(),
    );
    assert.equal(view.status, "cancelled");
    assert.notEqual(view.ended_at, null);
  });

  await t.step("a run that fails ends as a session all the same", async () => {
    const answer = await fetch(
      `${url}/stream_agents`,
      startRequest("steps=1 fail", { num_agents: 2 }),
    );
    const events = await Array.fromAsync(naiveRead(answer));
    assert.deepEqual(events.slice(-3), [
      {
        type: "error",
        agent_id: 0,
        message: "The run failed: as the script says",
      },
      {
        type: "error",
        agent_id: 1,
        message: "The run failed: as the script says",
      },
      {
        type: "session_complete",
        winner_agent_id: null,
        description: "No target found",
      },
    ]);
  });

  await t.step("unknown and malformed ids are 404", async () => {
    for (
      const id of [
        "0".repeat(32),
        "x",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "B".repeat(5000),
      ]
    ) {
      for (
        const [method, suffix] of [
          ["GET", ""],
          ["GET", "/stream"],
          ["DELETE", ""],
        ] as const
      ) {
        const answer = await fetch(`${url}/sessions/${id}${suffix}`, {
          method,
        });
        assert.equal(answer.status, 404, `${method} ${id}${suffix}`);
        errorSchema.parse(await answer.json());
      }
    }
  });

  await t.step(
    "bodies that are not understood are refused by name",
    async () => {
      const post = (
        body: BodyInit,
        type: string | undefined = "application/json",
      ): Promise<Response> =>
        fetch(`${url}/sessions`, {
          method: "POST",
          body,
          headers: type ? { "Content-Type": type } : {},
        });
      const good = JSON.stringify({ query: "steps=1 x" });
      const cases: [BodyInit, string | undefined, number][] = [
        ["", undefined, 400],
        ["{", undefined, 400],
        ["[]", undefined, 400],
        ["null", undefined, 400],
        [Uint8Array.of(0x22, 0xff, 0x22), undefined, 400],
        [JSON.stringify({}), undefined, 400],
        [JSON.stringify({ query: "" }), undefined, 400],
        [JSON.stringify({ query: " \n" }), undefined, 400],
        [JSON.stringify({ query: "x".repeat(2001) }), undefined, 400],
        [JSON.stringify({ query: 5 }), undefined, 400],
        ['{"query":"x","start_x":1e999}', undefined, 400],
        ['{"query":"x","start_yaw":"90"}', undefined, 400],
        [JSON.stringify({ query: "x", num_agents: 0 }), undefined, 400],
        [JSON.stringify({ query: "x", num_agents: 17 }), undefined, 400],
        [JSON.stringify({ query: "x", num_agents: 1.5 }), undefined, 400],
        [JSON.stringify({ query: "x", max_steps: 101 }), undefined, 400],
        [good, "text/plain", 415],
        [good, "application/jsonx", 415],
        [good, "application/json; charset=utf-8", 200],
        [JSON.stringify({ query: "steps=1", other: 1 }), undefined, 200],
        [
          JSON.stringify({ query: "steps=1" + "x".repeat(1993) }),
          undefined,
          200,
        ],
        ["x".repeat(1024 * 1024 + 1), undefined, 413],
      ];
      for (const [body, type, status] of cases) {
        const answer = await post(body, type ?? "application/json");
        const text = await answer.text();
        assert.equal(answer.status, status, `${body}`.slice(0, 60) + text);
        if (status !== 200) errorSchema.parse(JSON.parse(text));
      }
      const { error } = errorSchema.parse(
        await (await post(JSON.stringify({ query: "x", num_agents: 99 })))
          .json(),
      );
      assert.equal(error.issues?.[0]?.path, "num_agents");
      const empty = errorSchema.parse(
        await (await post(JSON.stringify({ query: "" }))).json(),
      );
      assert.equal(empty.error.issues?.length, 1);
    },
  );

  await t.step("a body too large is refused before it was sent", async () => {
    using client = await RawClient.send(
      server.port,
      "POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 300000000\r\n\r\n{",
    );
    const text = await client.readUntil("}}");
    assert.match(text, /^HTTP\/1.1 413 /);
  });

  await t.step(
    "a chunked body too large is refused, and its sender sees it",
    async () => {
      using client = await RawClient.send(
        server.port,
        "POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      const chunk = "10000\r\n" + " ".repeat(65_536) + "\r\n";
      for (let i = 0; i < 40; i++) await client.write(chunk);
      assert.match(await client.readUntil("}}"), /^HTTP\/1.1 413 /);
    },
  );

  await t.step(
    "GET /getImage, /scene, /health, /ready, /metrics, /openapi.json, /",
    async () => {
      const image = imageSchema.parse(
        await (await fetch(`${url}/getImage?x=1&y=-0.5&yaw=-90`)).json(),
      );
      assert.equal(image.yaw, 270);
      assert.equal(image.y, -0.5);
      assert.equal(image.z, 0);
      assert.equal(image.allowed.forward, false);
      assert.equal(image.allowed.backward, true);
      for (const query of ["x=a", "x=1e999", "yaw=NaN", "z=", "x=0x10"]) {
        const answer = await fetch(`${url}/getImage?${query}`);
        assert.equal(answer.status, 400, query);
        errorSchema.parse(await answer.json());
      }
      sceneSchema.parse(await (await fetch(`${url}/scene`)).json());
      assert.deepEqual(await (await fetch(`${url}/health`)).json(), {
        status: "ok",
      });
      const ready = await fetch(`${url}/ready`);
      assert.equal(ready.status, 200);
      assert.equal(readySchema.parse(await ready.json()).status, "ready");
      const metrics = await (await fetch(`${url}/metrics`)).text();
      assert.match(metrics, /^splatscout_readers 0$/m);
      assert.match(
        metrics,
        /^splatscout_step_seconds_bucket\{le="0.1"\} \d+$/m,
      );
      const openapi = await (await fetch(`${url}/openapi.json`)).json();
      assert.equal(openapi.openapi, "3.1.0");
      mapSchema.parse(await (await fetch(`${url}/map`)).json());
      floorSchema.parse(await (await fetch(`${url}/floor`)).json());
      const seen = await fetch(`${url}/visible?x=1&yaw=90`);
      visibleSchema.parse(await seen.json());
      const nowhere = await fetch(`${url}/visible?x=a`);
      assert.equal(nowhere.status, 400);
      errorSchema.parse(await nowhere.json());
    },
  );

  await t.step(
    "OPTIONS is 204 with CORS everywhere; unknown methods are 405",
    async () => {
      for (const path of ["/", "/stream_agents", "/sessions/x", "/nowhere"]) {
        const answer = await fetch(url + path, {
          method: "OPTIONS",
          headers: { Origin: "http://localhost:5173" },
        });
        assert.equal(answer.status, 204, path);
        const header = (name: string): string[] =>
          answer.headers.get(name)!.split(/, */);
        assert.deepEqual(header("access-control-allow-origin"), ["*"]);
        for (const method of ["POST", "OPTIONS", "GET", "DELETE"]) {
          assert.ok(header("access-control-allow-methods").includes(method));
        }
        for (const name of ["Content-Type", "Authorization", "Last-Event-ID"]) {
          assert.ok(header("access-control-allow-headers").includes(name));
        }
      }
      const answer = await fetch(`${url}/stream_agents`);
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.get("allow"), "POST, OPTIONS");
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
      errorSchema.parse(await answer.json());
      const nowhere = await fetch(`${url}/nowhere`);
      assert.equal(nowhere.status, 404);
      errorSchema.parse(await nowhere.json());
    },
  );

  await t.step("names that nobody gave to the server are refused", async () => {
    const statusOf = async (headers: string): Promise<string> => {
      using client = await RawClient.send(
        server.port,
        `GET /health HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`,
      );
      return (await client.readAll()).slice(9, 12);
    };
    for (
      const host of [
        "localhost",
        "LOCALHOST:80",
        "127.0.0.1",
        "[::1]:8000",
        "10.1.2.3:1",
      ]
    ) {
      assert.equal(await statusOf(`Host: ${host}\r\n`), "200", host);
    }
    for (
      const host of [
        "attacker.example",
        "localhost.attacker.example",
        "127.0.0.1.nip.io",
        "",
        "a b",
        "localhost:x",
      ]
    ) {
      assert.equal(await statusOf(`Host: ${host}\r\n`), "403", host);
    }
    assert.equal(await statusOf(""), "400");
  });

  await t.step("HTTP/1.0 readers get a plain body", async () => {
    const id = await startSession(server, "steps=40 bytes=5000 every=0");
    using client = await RawClient.send(
      server.port,
      `GET /sessions/${id}/stream HTTP/1.0\r\nHost: localhost\r\n\r\n`,
    );
    const [head, body] = (await client.readAll()).split("\r\n\r\n");
    assert.doesNotMatch(head!, /transfer-encoding/i);
    const whole = await (await fetch(`${url}/sessions/${id}/stream`)).text();
    assert.equal(body, whole);
  });

  await t.step("one line of log a request, without pictures", async () => {
    await until(() => server.log().includes("/openapi.json"), 20_000);
    const lines = server.log().trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    const stream = lines.find(({ path }) => /sessions\/.*\/stream/.test(path));
    assert.match(stream.session_id, /^[0-9a-f]{32}$/);
    assert.equal(stream.status, 200);
    assert.ok(stream.ms >= 0);
    assert.doesNotMatch(server.log(), /AAAA/);
  });
});

Deno.test("sessions wait their turn, then are refused, and expire", async () => {
  await using server = await startProcess({
    limits: { maxSessions: 1, maxQueued: 2, sessionTtl: 1500 },
  });
  const { url } = server;
  const first = await startSession(server, "steps=1 wait=2000");
  const second = await startSession(server, "steps=1");
  const third = await startSession(server, "steps=1");
  const refused = await fetch(`${url}/sessions`, startRequest("x"));
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  errorSchema.parse(await refused.json());
  const status = async (id: string): Promise<string> =>
    (await (await fetch(`${url}/sessions/${id}`)).json()).status;
  assert.equal(await status(first), "running");
  assert.equal(await status(second), "queued");
  const cancelled = await fetch(`${url}/sessions/${third}`, {
    method: "DELETE",
  });
  assert.equal((await cancelled.json()).status, "cancelled");
  const lone = await (await fetch(`${url}/sessions/${third}/stream`)).text();
  assert.deepEqual(
    parseSse(lone).records.map(({ data }) => JSON.parse(data).type),
    ["session_complete"],
  );
  await (await fetch(`${url}/sessions/${second}/stream`)).text();
  assert.equal(await status(second), "complete");
  await until(
    async () => {
      const answer = await fetch(`${url}/sessions/${second}/stream`);
      await answer.body?.cancel();
      return answer.status === 410;
    },
    20_000,
  );
  const gone = await fetch(`${url}/sessions/${first}`);
  assert.equal(gone.status, 410);
  await gone.body?.cancel();
});

Deno.test("the token is asked for on everything but /health, readers are counted, CORS narrows", async () => {
  const token = "canary-7d1f";
  await using server = await startProcess({
    token,
    corsOrigin: "http://localhost:5173",
    allowedHosts: ["splats.example"],
    limits: { maxReaders: 2, maxReadersPerAddress: 3 },
  });
  const { url } = server;
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(url + path, {
      ...init,
      headers: { Authorization: `Bearer ${token}`, ...init.headers },
    });
  for (
    const Authorization of ["", "Bearer", `Bearer ${token}x`, token, "Basic x"]
  ) {
    const answer = await fetch(`${url}/sessions`, {
      headers: { Authorization },
    });
    assert.equal(answer.status, 401, Authorization);
    errorSchema.parse(await answer.json());
  }
  for (const path of ["/health"]) {
    const answer = await fetch(url + path);
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
  }
  const preflight = await fetch(`${url}/sessions`, { method: "OPTIONS" });
  assert.equal(preflight.status, 204);
  const foreign = await ask("/sessions", {
    headers: { Origin: "http://evil.example" },
  });
  assert.equal(foreign.status, 403);
  await foreign.body?.cancel();
  const own = await ask("/sessions", {
    headers: { Origin: "http://localhost:5173" },
  });
  assert.equal(own.status, 200);
  assert.equal(
    own.headers.get("access-control-allow-origin"),
    "http://localhost:5173",
  );
  await own.body?.cancel();

  const start = async (): Promise<string> =>
    (await (await ask("/sessions", {
      ...startRequest("steps=1000 every=20"),
      headers: { "Content-Type": "application/json" },
    })).json()).session_id;
  const [one, two] = [await start(), await start()];
  const open = [
    await ask(`/sessions/${one}/stream`),
    await ask(`/sessions/${one}/stream`),
  ];
  const third = await ask(`/sessions/${one}/stream`);
  assert.equal(third.status, 429, "readers of a session");
  await third.body?.cancel();
  open.push(await ask(`/sessions/${two}/stream`));
  const fourth = await ask(`/sessions/${two}/stream`);
  assert.equal(fourth.status, 429, "readers of an address");
  await fourth.body?.cancel();
  await Promise.all(open.map((answer) => answer.body?.cancel()));
  await until(async () => {
    const again = await ask(`/sessions/${two}/stream`);
    await again.body?.cancel();
    return again.status === 200;
  }, 20_000);
  assert.doesNotMatch(server.log(), new RegExp(token), "no secret in the log");
});
