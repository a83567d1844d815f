// cull: which splats of a chunk may leave a trace in which view.
//
// In:  splats           the chunk; planes 0 and file order are read
// Out: visible_views[s] bit v: splat s (scene-wide, Morton order) may be seen in view v
//      visible_mask     bit f of view v: the same for the splat of file order f;
//                       zeroed by the host before. Bits are set by atomicOr, so
//                       that the result does not depend on the order
//
// One invocation a splat, all views. Conservative: a sphere of the largest scale.

override WORKGROUP_SIZE: u32;
override FILE_ORDER_PLANE: u32;  // first vec4u of file order = this * chunk.count

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<uniform> chunk: Chunk;
@group(0) @binding(2) var<storage, read> splats: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> visible_views: array<u32>;
@group(0) @binding(4) var<storage, read_write> visible_mask: array<atomic<u32>>;

// Squared pixels: the low-pass filter's variance.
const LOW_PASS = 0.3f;
// Pixels: more than the rounding of any sum below.
const MARGIN = 1.0f;

@compute @workgroup_size(WORKGROUP_SIZE)
fn cull(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = unfold(group, groups) * WORKGROUP_SIZE + local;
  if (i >= chunk.count) { return; }

  let splat = splats[i];
  let position = bitcast<vec3f>(splat.xyz);
  let opacity = f32(splat.w & 0xffffu) / 65535f;
  let scale = exp2(f32((splat.w >> 16u) & 0x3ffu) / 16f + SCALE_LOG2_MIN);
  // alpha >= 1/255 up to this squared Mahalanobis distance: 2 ln(255 opacity).
  let reach = 1.3862944f * (log2(opacity) - LOG2_MIN_ALPHA) + 0.001f;
  let size = vec2f(f32(batch.width), f32(batch.height));

  var views = 0u;
  for (var v = 0u; v < batch.view_count; v++) {
    let view = batch.views[v];
    let offset = position - view.position;
    let z = dot(view.forward, offset);
    if (z < view.near) { continue; }
    let shrink = select(1f / z, 1f, batch.orthographic == 1u);
    let center = vec2f(dot(view.right, offset), dot(view.down, offset)) *
      vec2f(view.focal_x, view.focal_y) * shrink + view.principal;
    let deviation = scale * view.stretch * shrink;
    let radius = sqrt(reach * (deviation * deviation + LOW_PASS)) + MARGIN;
    if (all(center + radius > vec2f(0f)) && all(center - radius < size)) {
      views |= 1u << v;
    }
  }

  visible_views[chunk.first + i] = views;
  if (views == 0u) { return; }
  let order = splats[FILE_ORDER_PLANE * chunk.count + i / 4u][i & 3u];
  for (var v = 0u; v < batch.view_count; v++) {
    if ((views & (1u << v)) != 0u) {
      atomicOr(&visible_mask[v * batch.word_count + order / 32u], 1u << (order & 31u));
    }
  }
}
