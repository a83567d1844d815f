// prefix_blocks: first half of a prefix sum: values, and their sum a block.
//
// In:  source        SOURCE 0: words of visible_mask; a value is its number of set bits
//                    SOURCE 1: tiles of each record; value i is that of record order[i]
//      order         SOURCE 1 only: records front to back
//      counters      SOURCE 1 only: how many records a view has
// Out: values[i]     the values, to be summed in place by prefix_sum
//      block_sum[b]  sum of the values of block b of its view, at most SUM_MAX
//
// One workgroup a block of BLOCK values; z is the view.

override WORKGROUP_SIZE: u32;
override BLOCK: u32;
override SOURCE: u32;

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> source: array<u32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> counters: array<Counter>;
@group(0) @binding(4) var<storage, read_write> values: array<u32>;
@group(0) @binding(5) var<storage, read_write> block_sum: array<u32>;

// Sums stop here instead of wrapping around; far beyond any capacity.
const SUM_MAX = 0x7fffffffu;

var<workgroup> sums: array<u32, WORKGROUP_SIZE>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn prefix_blocks(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = unfold(group, groups);
  let view = group.z;
  var count = batch.word_count;
  var stride = batch.word_count;
  if (SOURCE == 1u) {
    stride = batch.record_stride;
    count = min(counters[view].records, stride);
  }
  if (block * BLOCK >= count) { return; }

  var sum = 0u;
  for (var k = local; k < BLOCK; k += WORKGROUP_SIZE) {
    let i = block * BLOCK + k;
    if (i >= count) { break; }
    var value = 0u;
    if (SOURCE == 1u) {
      value = source[view * stride + order[view * stride + i]];
    } else {
      value = countOneBits(source[view * stride + i]);
    }
    values[view * stride + i] = value;
    sum += value;
  }
  sums[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    if (local < half) { sums[local] = min(sums[local] + sums[local + half], SUM_MAX); }
    workgroupBarrier();
  }
  if (local == 0u) { block_sum[view * batch.prefix_block_stride + block] = sums[0]; }
}
