// tile_ranges: pairs sorted by tile -> the range of pairs of each tile.
//
// In:  pair_tile      ascending in each view; tiles_x * tiles_y is no tile
//      counters       pairs a view has
// Out: tile_range[t]  (first, one past last) pair of tile t of its view; (0, 0) if
//                     empty, as the host clears the buffer before this pass
//
// One invocation a pair; z is the view. Each bound is written by exactly one
// invocation, so no atomics.

override WORKGROUP_SIZE: u32;

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> counters: array<Counter>;
@group(0) @binding(2) var<storage, read> pair_tile: array<u32>;
@group(0) @binding(3) var<storage, read_write> tile_range: array<vec2u>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn tile_ranges(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let view = group.z;
  let count = min(counters[view].pairs, batch.pair_stride);
  let i = unfold(group, groups) * WORKGROUP_SIZE + local;
  if (i >= count) { return; }

  let tiles = batch.tiles_x * batch.tiles_y;
  let base = view * batch.pair_stride;
  let tile = pair_tile[base + i];
  if (tile >= tiles) { return; }
  let at = view * tiles + tile;
  if (i == 0u || pair_tile[base + i - 1u] != tile) { tile_range[at].x = i; }
  if (i + 1u == count || pair_tile[base + i + 1u] != tile) { tile_range[at].y = i + 1u; }
}
