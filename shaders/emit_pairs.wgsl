// emit_pairs: splats front to back -> (tile, record) pairs in that order.
//
// In:  records, order      records of each view front to back
//      pair_offset[i]      pairs of the splats before the i-th
//      counters            records and pairs a view has
// Out: pair_tile, pair_record at pair_offset[i] and on; each element written by
//      exactly one invocation. Exactly as many as project counted: what is missing
//      (compilers may round differently) becomes a pair of no tile, tiles_x * tiles_y
//
// One invocation a splat; those with many tiles are left to the whole workgroup,
// one after the other. z is the view.

override WORKGROUP_SIZE: u32;
override MANY: u32;          // tiles

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> counters: array<Counter>;
@group(0) @binding(2) var<storage, read> records: array<Record>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read> pair_offset: array<u32>;
@group(0) @binding(5) var<storage, read_write> pair_tile: array<u32>;
@group(0) @binding(6) var<storage, read_write> pair_record: array<u32>;

var<workgroup> queue: array<u32, WORKGROUP_SIZE>;
var<workgroup> queued: atomic<u32>;
var<workgroup> queue_length: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn emit_pairs(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let view = group.z;
  let count = min(counters[view].records, batch.record_stride);
  let start = unfold(group, groups) * WORKGROUP_SIZE;
  if (start >= count) { return; }

  let i = start + local;
  if (i < count) {
    let pairs = pairs_of(view, i, count);
    if (pairs.y - pairs.x > MANY) {
      queue[atomicAdd(&queued, 1u)] = i;
    } else if (pairs.x < pairs.y) {
      emit_alone(view, i, pairs);
    }
  }
  workgroupBarrier();
  if (local == 0u) { queue_length = atomicLoad(&queued); }
  let length = workgroupUniformLoad(&queue_length);
  for (var k = 0u; k < length; k++) {
    emit_shared(view, queue[k], pairs_of(view, queue[k], count), local);
  }
}

// First and one past last pair of the i-th splat, within capacity.
fn pairs_of(view: u32, i: u32, count: u32) -> vec2u {
  let at = view * batch.record_stride + i;
  var end = counters[view].pairs;
  if (i + 1u < count) { end = pair_offset[at + 1u]; }
  return min(vec2u(pair_offset[at], end), vec2u(batch.pair_stride));
}

fn emit_alone(view: u32, i: u32, pairs: vec2u) {
  let record = order[view * batch.record_stride + i];
  let splat = footprint_of(records[view * batch.record_stride + record]);
  let rows = tile_rows(splat, batch.tiles_y);
  let base = view * batch.pair_stride;
  var pair = pairs.x;
  for (var row = rows.first; row <= rows.last; row++) {
    let columns = tile_columns(splat, rows, row, batch.tiles_x);
    for (var column = columns.x; column < columns.y; column++) {
      if (pair >= pairs.y) { return; }
      pair_tile[base + pair] = u32(row) * batch.tiles_x + column;
      pair_record[base + pair] = record;
      pair++;
    }
  }
  for (; pair < pairs.y; pair++) {
    pair_tile[base + pair] = batch.tiles_x * batch.tiles_y;
    pair_record[base + pair] = record;
  }
}

fn emit_shared(view: u32, i: u32, pairs: vec2u, local: u32) {
  let record = order[view * batch.record_stride + i];
  let splat = footprint_of(records[view * batch.record_stride + record]);
  let rows = tile_rows(splat, batch.tiles_y);
  let base = view * batch.pair_stride;
  // Each invocation walks the rows once and picks every WORKGROUP_SIZE-th tile.
  var next = pairs.x + local;
  var row_start = pairs.x;
  for (var row = rows.first; row <= rows.last && next < pairs.y; row++) {
    let columns = tile_columns(splat, rows, row, batch.tiles_x);
    let row_end = row_start + columns.y - columns.x;
    while (next < min(row_end, pairs.y)) {
      pair_tile[base + next] = u32(row) * batch.tiles_x + columns.x + next - row_start;
      pair_record[base + next] = record;
      next += WORKGROUP_SIZE;
    }
    row_start = row_end;
  }
  while (next < pairs.y) {
    pair_tile[base + next] = batch.tiles_x * batch.tiles_y;
    pair_record[base + next] = record;
    next += WORKGROUP_SIZE;
  }
}
