import assert from "node:assert/strict";
import { parseCommandLine, UsageError } from "../../src/config/mod.ts";

Deno.test("a time is taken in any unit, and refused where no timer could wait so long", () => {
  const deadline = (text: string): number | undefined =>
    parseCommandLine(["find", "x", `--deadline=${text}`], () => undefined)
      .config.deadline;
  assert.deepEqual(["250ms", "1.5", "2m", "576h"].map(deadline), [
    250,
    1_500,
    120_000,
    2_073_600_000,
  ]);
  for (const text of ["577h", "1e3", "-1s", "9".repeat(400)]) {
    assert.throws(() => deadline(text), (fault: Error) => {
      assert.ok(fault instanceof UsageError);
      assert.match(fault.message, /--deadline as it must be a time .*576h/);
      return true;
    });
  }
});
