// chunk: how the splats of one scene buffer lie in memory; src/render/webgpu/
// packed_scene.ts and place.wgsl write it.
//
// Planes of one vec4u a splat, so that neighbours load together:
//   0     position x, y, z f32 | opacity unorm16 | log2 of the largest scale (10 bits)
//         and of the range of the higher SH coefficients (6 bits), rounded up
//   1     quaternion: which part is largest (2 bits), the others (15 bits each)
//         | constant SH coefficient of blue f16 | three log2 scales of 21 bits
//   2...  constant SH coefficients of red and green f16; then a word a
//         coefficient: r and g of 11, b of 10 bits, shares of the range
// then, four splats a vec4u: index in file order; then object ids, if there are any.

struct Chunk {
  first: u32,          // scene-wide index of its first splat
  count: u32,
}

// log2 scale = code / 2^15 - 32 for 21 bits, code / 2^4 - 32 for 10.
const SCALE_LOG2_MIN = -32f;
// log2 range = code / 2 - 15: up to what half floats hold.
const SH_LOG2_MIN = -15f;
// What stands for the range of r, g and b.
const SH_STEPS = vec3f(1023f, 1023f, 511f);
