/** A program that asks the endpoint it is given one question; permission_test.ts runs it. */

import { VlmClient } from "../../src/vlm/client.ts";
import { PICTURE } from "./asking.ts";

await using client = VlmClient.connect({ baseUrl: Deno.args[0]! });
try {
  const { answer } = await client.askYesNo(
    [{ png: PICTURE, width: 32, height: 32 }],
    "Is this grey?",
    { agent: 0, seed: 1, signal: AbortSignal.timeout(10_000) },
  );
  await Deno.stdout.write(new TextEncoder().encode(`answer: ${answer}\n`));
} catch (error) {
  await Deno.stdout.write(new TextEncoder().encode(`${error}\n`));
}
