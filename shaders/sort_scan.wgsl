// sort_scan: counts of a digit in the blocks of a view -> how many come before
// each block.
//
// In:  counters
// I/O: digit_count   counts -> sums of the counts before, along the blocks
// Out: digit_total[view * digits + digit]
//
// One workgroup a digit of a view: x is the digit, z the view.

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> counters: array<Counter>;
@group(0) @binding(2) var<storage, read_write> digit_count: array<u32>;
@group(0) @binding(3) var<storage, read_write> digit_total: array<u32>;

override DIGITS: u32 = 1u << DIGIT_BITS;

var<workgroup> sums: array<u32, WORKGROUP_SIZE>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn sort_scan(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let view = group.z;
  let row = view * DIGITS + group.x;
  let blocks = (keys_in(counters[view]) + BLOCK - 1u) / BLOCK;

  // Each invocation sums a run of blocks, then the runs are summed.
  let run = (blocks + WORKGROUP_SIZE - 1u) / WORKGROUP_SIZE;
  let first = row * batch.sort_block_stride + min(local * run, blocks);
  let last = row * batch.sort_block_stride + min(local * run + run, blocks);
  var sum = 0u;
  for (var i = first; i < last; i++) { sum += digit_count[i]; }
  sums[local] = sum;
  workgroupBarrier();
  for (var reach = 1u; reach < WORKGROUP_SIZE; reach *= 2u) {
    var left = 0u;
    if (local >= reach) { left = sums[local - reach]; }
    workgroupBarrier();
    sums[local] += left;
    workgroupBarrier();
  }
  var running = 0u;
  if (local > 0u) { running = sums[local - 1u]; }
  for (var i = first; i < last; i++) {
    let count = digit_count[i];
    digit_count[i] = running;
    running += count;
  }
  if (local == WORKGROUP_SIZE - 1u) { digit_total[row] = sums[local]; }
}
