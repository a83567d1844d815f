// sort_scatter: keys and values to their places by one digit, equal digits in
// the order in which they were.
//
// In:  keys_in, values_in (unless they are implicit), counters
//      digit_count   how many of a digit lie in the blocks before
//      digit_total   how many of a digit a view has
// Out: keys_out, values_out, each element written by exactly one invocation
//
// Rank within the block: a bit for each key in the word of its digit, then the
// bits before it are counted; no subgroups needed, and the same every time.

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<uniform> step: SortStep;
@group(0) @binding(2) var<storage, read> counters: array<Counter>;
@group(0) @binding(3) var<storage, read> keys: array<u32>;
@group(0) @binding(4) var<storage, read> values: array<u32>;
@group(0) @binding(5) var<storage, read> digit_count: array<u32>;
@group(0) @binding(6) var<storage, read> digit_total: array<u32>;
@group(0) @binding(7) var<storage, read_write> keys_out: array<u32>;
@group(0) @binding(8) var<storage, read_write> values_out: array<u32>;

override DIGITS: u32 = 1u << DIGIT_BITS;
override ROUNDS: u32 = BLOCK / WORKGROUP_SIZE;
override WORDS: u32 = WORKGROUP_SIZE / 32u;      // words a digit has in a round
override ROUND_WORDS: u32 = DIGITS * ROUNDS;

// Bits of the keys with a digit: [digit][round][word].
var<workgroup> bits: array<atomic<u32>, ROUND_WORDS * WORDS>;
// Keys with a digit in a round, then in the rounds before: [digit][round].
var<workgroup> round_count: array<u32, ROUND_WORDS>;
var<workgroup> digit_base: array<u32, DIGITS>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn sort_scatter(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = unfold(group, groups);
  let view = group.z;
  let count = keys_in(counters[view]);
  if (block * BLOCK >= count) { return; }
  let base = view * key_stride();

  for (var round = 0u; round < ROUNDS; round++) {
    let i = block * BLOCK + round * WORKGROUP_SIZE + local;
    if (i >= count) { break; }
    let digit = digit_of(keys[base + i], step.shift);
    atomicOr(&bits[(digit * ROUNDS + round) * WORDS + local / 32u], 1u << (local & 31u));
  }
  if (local < DIGITS) {
    // Where the digit starts in the view, and this block in the digit.
    var start = digit_count[(view * DIGITS + local) * batch.sort_block_stride + block];
    for (var digit = 0u; digit < local; digit++) {
      start += digit_total[view * DIGITS + digit];
    }
    digit_base[local] = start;
  }
  workgroupBarrier();

  for (var k = local; k < ROUND_WORDS; k += WORKGROUP_SIZE) {
    var sum = 0u;
    for (var word = 0u; word < WORDS; word++) {
      sum += countOneBits(atomicLoad(&bits[k * WORDS + word]));
    }
    round_count[k] = sum;
  }
  workgroupBarrier();
  if (local < DIGITS) {
    var running = 0u;
    for (var round = 0u; round < ROUNDS; round++) {
      let next = running + round_count[local * ROUNDS + round];
      round_count[local * ROUNDS + round] = running;
      running = next;
    }
  }
  workgroupBarrier();

  for (var round = 0u; round < ROUNDS; round++) {
    let i = block * BLOCK + round * WORKGROUP_SIZE + local;
    if (i >= count) { break; }
    let key = keys[base + i];
    let digit = digit_of(key, step.shift);
    let row = digit * ROUNDS + round;
    var rank = digit_base[digit] + round_count[row];
    for (var word = 0u; word < local / 32u; word++) {
      rank += countOneBits(atomicLoad(&bits[row * WORDS + word]));
    }
    let before = (1u << (local & 31u)) - 1u;
    rank += countOneBits(atomicLoad(&bits[row * WORDS + local / 32u]) & before);
    keys_out[base + rank] = key;
    var value = i;
    if (step.implicit_values == 0u) { value = values[base + i]; }
    values_out[base + rank] = value;
  }
}
