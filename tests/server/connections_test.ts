import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { Connections } from "../../src/server/listener/connections.ts";

class FakeSocket extends EventEmitter {
  readonly remoteAddress = "127.0.0.1";
  writableLength = 0;
  bytesWritten = 0;
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

Deno.test("Connections keeps a reader that always has a write under way, while it takes them", () => {
  const connections = new Connections(10, times);
  const [follows, stands] = [new FakeSocket(), new FakeSocket()] as const;
  const start = performance.now();
  for (const socket of [follows, stands]) {
    connections.add(socket as unknown as Socket);
    connections.began(connections.of(socket as unknown as Socket)!);
    socket.writableLength = socket.bytesWritten = 65_536;
  }
  for (let second = 0; second < 5; second++) {
    connections.sweep(start + 900 * second);
    // A write of the same length follows the one that was taken.
    follows.bytesWritten += 65_536;
    // What is written behind an untaken write is no progress.
    stands.bytesWritten += 100;
    stands.writableLength += 100;
  }
  assert.deepEqual([follows.destroyed, stands.destroyed], [false, true]);
});
