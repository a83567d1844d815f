import assert from "node:assert/strict";
import { WatchedDevice } from "../../src/gpu/watched_device.ts";
import { until } from "../server/harness.ts";
import { ignoreGpu, openDevice } from "./test_device.ts";

Deno.test({
  name: "a watched device knows that it is lost, and whose it is",
  ignore: ignoreGpu,
  async fn(): Promise<void> {
    const device = await openDevice();
    const watched = new WatchedDevice(device);
    assert.equal(await watched.isLost(), false);
    watched.close();
    assert.equal(await watched.isLost(), false); // the caller's own
    device.destroy();
    assert.equal(await watched.isLost(), true);

    const owned = await WatchedDevice.request();
    assert.equal(owned.description, watched.description);
    owned.close();
    assert.equal(await owned.isLost(), true);
  },
});

Deno.test({
  name: "what a device finds fault with is thrown, once",
  ignore: ignoreGpu,
  async fn(): Promise<void> {
    const watched = await WatchedDevice.request();
    watched.throwIfFaulty();
    watched.device.createBuffer({ size: 16, usage: 0xffff });
    // Faults are told in a later turn.
    let thrown: unknown;
    await until(() => {
      try {
        watched.throwIfFaulty();
      } catch (error) {
        thrown = error;
      }
      return thrown !== undefined;
    }, 10_000);
    assert.match(
      String(thrown),
      /^Error: Cannot render as the device must accept all work/,
    );
    watched.throwIfFaulty();
    watched.close();
  },
});
