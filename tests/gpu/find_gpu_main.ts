/** Looks for a GPU without any permission and counts the turns of the event loop meanwhile. */

import { findGpu } from "../../src/gpu/find_gpu.ts";

let turns = 0;
const timer = setInterval(() => turns++, 1);
const found = await findGpu();
clearInterval(timer);
await Deno.stdout.write(
  new TextEncoder().encode(JSON.stringify({ ...found, turns })),
);
