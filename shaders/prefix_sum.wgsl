// prefix_sum: second half of a prefix sum: each value becomes the sum of those
// before it in its view.
//
// In:  block_sum[b]  sum of the values of block b, from prefix_blocks
// I/O: values[i]     values -> sums of the values before; capped at SUM_MAX, never wrapped
// Out: counters      the view's total: `records` if SOURCE is 0, `pairs` if 1;
//                    written by one invocation of the last block, or by block 0 if
//                    there are no values
//
// One workgroup a block of BLOCK values; z is the view. Each workgroup adds up
// the sums of the blocks before its own.

override WORKGROUP_SIZE: u32;
override BLOCK: u32;
override SOURCE: u32;

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> block_sum: array<u32>;
@group(0) @binding(2) var<storage, read_write> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> counters: array<Counter>;

const SUM_MAX = 0x7fffffffu;

var<workgroup> sums: array<u32, WORKGROUP_SIZE>;
var<workgroup> shared_count: u32;

fn add(a: u32, b: u32) -> u32 {
  return min(a + b, SUM_MAX);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn prefix_sum(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = unfold(group, groups);
  let view = group.z;
  let stride = select(batch.word_count, batch.record_stride, SOURCE == 1u);
  if (local == 0u) {
    shared_count = batch.word_count;
    if (SOURCE == 1u) { shared_count = min(counters[view].records, stride); }
  }
  let count = workgroupUniformLoad(&shared_count);
  if (count == 0u) {
    if (block == 0u && local == 0u) { store_total(view, 0u); }
    return;
  }
  if (block * BLOCK >= count) { return; }

  // What lies before this block.
  var before = 0u;
  for (var b = local; b < block; b += WORKGROUP_SIZE) {
    before = add(before, block_sum[view * batch.prefix_block_stride + b]);
  }
  sums[local] = before;
  workgroupBarrier();
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    if (local < half) { sums[local] = add(sums[local], sums[local + half]); }
    workgroupBarrier();
  }
  let base = workgroupUniformLoad(&sums[0]);

  // What lies before this invocation's run of values in the block.
  let run = BLOCK / WORKGROUP_SIZE;
  let first = block * BLOCK + local * run;
  let last = min(first + run, count);
  var sum = 0u;
  for (var i = first; i < last; i++) { sum = add(sum, values[view * stride + i]); }
  sums[local] = sum;
  workgroupBarrier();
  for (var step = 1u; step < WORKGROUP_SIZE; step *= 2u) {
    var left = 0u;
    if (local >= step) { left = sums[local - step]; }
    workgroupBarrier();
    sums[local] = add(sums[local], left);
    workgroupBarrier();
  }
  var running = base;
  if (local > 0u) { running = add(base, sums[local - 1u]); }
  for (var i = first; i < last; i++) {
    let value = values[view * stride + i];
    values[view * stride + i] = running;
    running = add(running, value);
  }
  if (first < last && last == count) { store_total(view, running); }
}

fn store_total(view: u32, total: u32) {
  if (SOURCE == 1u) {
    counters[view].pairs = total;
  } else {
    counters[view].records = total;
  }
}
