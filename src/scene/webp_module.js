// @ts-self-types="./webp_module.d.ts"
/**
 * libwebp's decoder as a compiled module. A source phase import makes it part
 * of the module graph: no read permission at run time, and `deno compile`
 * embeds it. JavaScript, as the type checker does not know the syntax yet.
 *
 * @module
 */

import source decoderModule from "@jsquash/webp/codec/dec/webp_dec.wasm";

export default decoderModule;
