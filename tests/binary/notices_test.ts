import assert from "node:assert/strict";
import { noticesText } from "../../.ci/notices.ts";

Deno.test("THIRD_PARTY_NOTICES.md holds the licences of what the binary contains", async () => {
  const path = new URL("../../THIRD_PARTY_NOTICES.md", import.meta.url);
  assert.equal(
    await Deno.readTextFile(path),
    await noticesText(),
    "run deno task notices and commit the file",
  );
});
