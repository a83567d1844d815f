// chunk: how the splats of one scene buffer lie in memory; src/render/webgpu/
// packed_scene.ts writes it.
//
// Planes of one vec4u a splat, so that neighbours load together:
//   0     position x, y, z f32 | opacity unorm16, log2 of the largest scale (16 bits, rounded up)
//   1     quaternion w, x, y, z snorm16 | three log2 scales of 21 bits
//   2...  SH coefficients f16, r g b of the constant one first, SH_PLANES planes
// then, four splats a vec4u: index in file order; then object ids, if there are any.

struct Chunk {
  first: u32,          // scene-wide index of its first splat
  count: u32,
}

// log2 scale = code / 2^15 - 32 for 21 bits, code / 2^10 - 32 for 16.
const SCALE_LOG2_MIN = -32f;
