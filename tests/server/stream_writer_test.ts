import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { EventLog } from "../../src/events/log.ts";
import { StreamWriter } from "../../src/server/listener/stream_writer.ts";

/** A response whose socket takes everything at once and keeps it. */
function fakeResponse(): { response: ServerResponse; sent: () => string } {
  let text = "";
  const socket = {
    write: (bytes: Uint8Array, done?: () => void): void => {
      text += new TextDecoder().decode(bytes);
      if (done) queueMicrotask(done);
    },
  };
  const response = {
    socket,
    req: { httpVersion: "1.1" },
    end: () => text += "(end)",
  };
  return {
    response: response as unknown as ServerResponse,
    sent: () => text,
  };
}

const line = (text: string): Uint8Array =>
  new TextEncoder().encode(`${text}\n`);

Deno.test("StreamWriter sends a comment within 15 s of silence, and only then", async () => {
  const { response, sent } = fakeResponse();
  const log = new EventLog({ encode: (_id, line) => line });
  const writer = new StreamWriter(log, 0, response);
  for (let second = 1; second <= 13; second++) writer.tick();
  assert.equal(sent(), "");
  writer.tick();
  assert.match(sent(), /^[0-9a-f]+\r\n: \w+\n\n\r\n$/);
  await Promise.resolve();
  for (let second = 1; second <= 13; second++) writer.tick();
  const before = sent();
  log.append(line("{}"));
  assert.equal(sent(), before + "{}\n");
  await Promise.resolve();
  for (let second = 1; second <= 13; second++) writer.tick();
  assert.equal(sent(), before + "{}\n", "silence counts from the last event");
  log.end();
  writer.tick();
  assert.equal(sent(), before + "{}\n(end)");
});

Deno.test("StreamWriter ends with a write that fails: it asks a socket that was cut for nothing more", () => {
  let writes = 0;
  const failing: ((error: Error) => void)[] = [];
  const socket = {
    write: (_bytes: Uint8Array, done: (error: Error) => void): void => {
      writes++;
      failing.push(done);
    },
  };
  const response = { socket, req: { httpVersion: "1.1" } };
  const log = new EventLog({ encode: (_id, line) => line });
  log.append(new Uint8Array(200_000));
  const writer = new StreamWriter(
    log,
    0,
    response as unknown as ServerResponse,
  );
  failing.pop()!(new Error("write EPIPE"));
  log.append(line("{}"));
  writer.tick();
  assert.equal(writes, 1);
});
