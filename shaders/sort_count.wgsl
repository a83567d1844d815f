// sort_count: how often each digit comes in each block of keys.
//
// In:  keys, counters
// Out: digit_count[(view * digits + digit) * sort_block_stride + block], each written by
//      exactly one invocation; blocks beyond the keys are not written

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<uniform> step: SortStep;
@group(0) @binding(2) var<storage, read> counters: array<Counter>;
@group(0) @binding(3) var<storage, read> keys: array<u32>;
@group(0) @binding(4) var<storage, read_write> digit_count: array<u32>;

override DIGITS: u32 = 1u << DIGIT_BITS;

var<workgroup> histogram: array<atomic<u32>, DIGITS>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn sort_count(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = unfold(group, groups);
  let view = group.z;
  let count = keys_in(counters[view]);
  if (block * BLOCK >= count) { return; }

  for (var k = local; k < BLOCK; k += WORKGROUP_SIZE) {
    let i = block * BLOCK + k;
    if (i >= count) { break; }
    atomicAdd(&histogram[digit_of(keys[view * key_stride() + i], step.shift)], 1u);
  }
  workgroupBarrier();
  if (local < DIGITS) {
    digit_count[(view * DIGITS + local) * batch.sort_block_stride + block] =
      atomicLoad(&histogram[local]);
  }
}
