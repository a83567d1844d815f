// batch: what every pass knows of the views of one submission. Put in front of
// each pass that reads it; src/render/webgpu/batch.ts writes it, and a test
// compares both.

const MAX_VIEWS = 8u;
const TILE_SIZE = 16u;

// alpha below 1/255 is skipped; here as a power of two.
const LOG2_MIN_ALPHA = -7.994353437f;

// One camera. Positions are relative to the scene's origin, file axes and units.
struct View {
  right: vec3f,        // camera axes in file axes
  focal_x: f32,        // pixels; pixels a unit if orthographic
  down: vec3f,
  focal_y: f32,
  forward: vec3f,
  near: f32,           // file units, > 0
  position: vec3f,
  metres_per_unit: f32,
  principal: vec2f,    // pixels
  tangent_min: vec2f,  // x/z and y/z are clamped to these for the Jacobian
  tangent_max: vec2f,
  stretch: f32,        // pixels a unit at z = 1 in the worst direction
  near_bits: u32,      // bits of `near`, so that depth keys start at 0
}

// Strides are elements a view; element i of view v lies at v * stride + i.
struct Batch {
  width: u32,          // pixels
  height: u32,
  tiles_x: u32,
  tiles_y: u32,
  view_count: u32,
  orthographic: u32,   // 1: all views are; 0: none is
  with_object_ids: u32,
  antialiased: u32,
  word_count: u32,     // 32-bit words of visible_mask a view
  record_stride: u32,
  pair_stride: u32,
  prefix_block_stride: u32,
  sort_block_stride: u32,
  views: array<View, MAX_VIEWS>,
}

// What the passes count, a view; read back with the picture, so that the host
// sees when a capacity was too small.
struct Counter {
  records: u32,        // splats that survive culling
  pairs: u32,          // (tile, splat) pairs
}

// Rows of workgroups stay within the limit per dimension; this unfolds them.
fn unfold(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}
