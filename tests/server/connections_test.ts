import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { Connections } from "../../src/server/listener/connections.ts";

class FakeSocket extends EventEmitter {
  readonly remoteAddress = "127.0.0.1";
  readonly writableLength = 0;
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

const times = { headers: 1_000, idle: 1_000, stalled: 1_000 };

Deno.test("Connections cuts what waited too long, not before unread requests could be read", () => {
  const connections = new Connections(10, times);
  const sockets = [new FakeSocket(), new FakeSocket()] as const;
  for (const socket of sockets) connections.add(socket as unknown as Socket);
  const late = performance.now() + 5_000;
  connections.sweep(late);
  assert.deepEqual(sockets.map(({ destroyed }) => destroyed), [false, false]);
  // Between two sweeps the first one's request is read and answered.
  const connection = connections.of(sockets[0] as unknown as Socket)!;
  connections.began(connection);
  connections.answered(connection);
  connections.sweep(late + 1);
  assert.deepEqual(sockets.map(({ destroyed }) => destroyed), [false, true]);
  assert.equal(connections.size, 1);
  connections.sweep(late + 2);
  assert.equal(sockets[0].destroyed, true);
});
