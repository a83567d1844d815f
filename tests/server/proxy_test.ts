/** docs/nginx.conf in front of the server, as operators are told to run it. */

import assert from "node:assert/strict";
import { errorSchema } from "../../src/server/schemas.ts";
import { naiveRead, parseSse } from "../sse.ts";
import {
  type ServerProcess,
  startProcess,
  startRequest,
  startSession,
  until,
} from "./harness.ts";

const nginx = await findNginx();

async function findNginx(): Promise<string | undefined> {
  for (const path of ["/usr/sbin/nginx", "/usr/bin/nginx"]) {
    if (await Deno.lstat(path).catch(() => undefined)) return path;
  }
  return undefined;
}

/** A free port; taken a moment later by nginx. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The shipped file with other ports and without TLS. */
async function localConfig(ports: {
  readonly listen: number;
  readonly server: number;
}): Promise<string> {
  const shipped = await Deno.readTextFile(
    new URL("../../docs/nginx.conf", import.meta.url),
  );
  const changed = shipped
    .replace("listen 443 ssl http2;", `listen 127.0.0.1:${ports.listen};`)
    .replace("127.0.0.1:8000", `127.0.0.1:${ports.server}`)
    .replace(/^ *ssl_certificate.*\n/gm, "");
  assert.doesNotMatch(changed, /\b443\b|:8000\b|ssl_/);
  return changed;
}

async function startProxy(
  server: ServerProcess,
): Promise<{ url: string } & AsyncDisposable> {
  const directory = Deno.makeTempDirSync();
  const port = freePort();
  const site = await localConfig({ listen: port, server: server.port });
  await Deno.writeTextFile(
    `${directory}/nginx.conf`,
    `${Deno.uid() === 0 ? "user root;" : ""}
daemon off;
pid ${directory}/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
${site}}
`,
  );
  const child = new Deno.Command(nginx!, {
    args: ["-p", directory, "-c", `${directory}/nginx.conf`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status === 200;
  }, 10_000);
  return {
    url,
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(directory, { recursive: true });
    },
  };
}

Deno.test({
  name: "behind nginx, events come one by one and leaving still stops the run",
  ignore: nginx === undefined,
  fn: async (t) => {
    await using server = await startProcess();
    await using proxy = await startProxy(server);

    await t.step("events come as they are made", async () => {
      const answer = await fetch(
        `${proxy.url}/stream_agents`,
        startRequest("steps=30 every=30 bytes=60000"),
      );
      const late: number[] = [];
      for await (const event of naiveRead(answer)) {
        if (event.type !== "agent_step") continue;
        late.push(
          performance.timeOrigin + performance.now() - Number(event.reasoning),
        );
      }
      late.sort((a, b) => a - b);
      assert.equal(late.length, 30);
      assert.ok(late[15]! < 100, `median ${late[15]} ms`);
    });

    await t.step("leaving stops the run", async () => {
      const stop = new AbortController();
      const answer = await fetch(`${proxy.url}/stream_agents`, {
        ...startRequest("steps=100000 every=10"),
        signal: stop.signal,
      });
      await answer.body!.getReader().read();
      assert.equal(await server.metric("test_runs"), 1);
      stop.abort();
      await until(async () => await server.metric("test_runs") === 0, 10_000);
    });

    await t.step("a stream goes on after Last-Event-ID", async () => {
      const id = await startSession({ url: proxy.url }, "steps=5");
      const stream = `${proxy.url}/sessions/${id}/stream`;
      const { records } = parseSse(await (await fetch(stream)).text());
      const rest = await fetch(stream, {
        headers: { "Last-Event-ID": records[2]!.id },
      });
      assert.deepEqual(
        parseSse(await rest.text()).records,
        records.slice(3),
      );
    });

    await t.step("a body too large is refused in JSON", async () => {
      const answer = await fetch(`${proxy.url}/sessions`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: new Uint8Array(1_500_000),
      });
      assert.equal(answer.status, 413);
      errorSchema.parse(await answer.json());
    });
  },
});
