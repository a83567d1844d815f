/**
 * The program's version.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

/** As deno.json has it. */
export const VERSION: string = config.version;
