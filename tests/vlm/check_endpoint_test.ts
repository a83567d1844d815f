import assert from "node:assert/strict";
import { checkEndpoint } from "../../src/vlm/check_endpoint.ts";
import { startFakeVllm } from "../fake_vllm/fake_vllm.ts";

Deno.test("checkEndpoint() is answered as a run would be", async () => {
  await using fake = await startFakeVllm({ apiKey: "right-key" });
  const baseUrl = fake.url;
  assert.equal(await checkEndpoint({ baseUrl, apiKey: "right-key" }), "ok");
  assert.equal(
    await checkEndpoint({
      baseUrl,
      apiKey: "wrong-key",
      headers: { authorization: "Bearer right-key", "X-Session": "s-{agent}" },
    }),
    "ok",
  );
  assert.equal(
    await checkEndpoint({ baseUrl }),
    "its list of models gives status 401",
  );
  assert.equal((await fake.requests()).length, 0, "no model was asked");
});

Deno.test("checkEndpoint() names what is wrong", async () => {
  const fake = await startFakeVllm();
  await fake.stop();
  assert.equal(
    await checkEndpoint({ baseUrl: fake.url }),
    "it cannot be reached",
  );
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assert.equal(
    await checkEndpoint({ baseUrl: `http://127.0.0.1:${silent.addr.port}` }),
    "it does not answer within 3 s",
  );
});
