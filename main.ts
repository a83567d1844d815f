/**
 * The server alone, as `deno task serve` starts it: `splatscout serve`.
 *
 * @module
 */

import { main } from "./src/cli/main.ts";

if (import.meta.main) Deno.exit(await main(["serve", ...Deno.args]));
