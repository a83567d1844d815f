// place: packed splats in file order -> their places in a chunk.
//
// In:  rows    PLANES vec4u a splat: what chunk.wgsl keeps in plane 0, 1 ...
//      places  scene-wide Morton place of each row; 2^32 - 1 where there is no row
// Out: splats  of the chunk, the planes of the rows that lie in it. Places are
//              different, so that each vec4u is written by exactly one invocation
//
// One invocation a row. Limits: eight planes, unrolled by hand.

override WORKGROUP_SIZE: u32;
override PLANES: u32;

@group(0) @binding(0) var<uniform> chunk: Chunk;
@group(0) @binding(1) var<storage, read> rows: array<vec4u>;
@group(0) @binding(2) var<storage, read> places: array<u32>;
@group(0) @binding(3) var<storage, read_write> splats: array<vec4u>;

fn bring(row: u32, at: u32, plane: u32) {
  if (plane < PLANES) {
    splats[plane * chunk.count + at] = rows[row * PLANES + plane];
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn place(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = unfold(group, groups) * WORKGROUP_SIZE + local;
  if (row >= arrayLength(&places)) { return; }
  // What lies before the chunk wraps round and is beyond it, too.
  let at = places[row] - chunk.first;
  if (at >= chunk.count) { return; }
  bring(row, at, 0u);
  bring(row, at, 1u);
  bring(row, at, 2u);
  bring(row, at, 3u);
  bring(row, at, 4u);
  bring(row, at, 5u);
  bring(row, at, 6u);
  bring(row, at, 7u);
}
