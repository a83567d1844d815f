// sort_scatter: keys and values to their places by one digit, equal digits in
// the order in which they were.
//
// In:  keys_in, values_in (unless they are implicit), counters
//      digit_count   how many of a digit lie in the blocks before
//      digit_total   how many of a digit a view has
// Out: keys_out, values_out, each element written by exactly one invocation
//
// Rank within the block: a bit for each key in the word of its digit, then the
// bits before it are counted; no subgroups needed, and the same every time. The
// block is then written in sorted order, so that neighbours write to neighbours.

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

override PLACE_WORDS: u32 = BLOCK / 2u;

// Bits of the keys with a digit: [digit][round][word].
var<workgroup> bits: array<atomic<u32>, ROUND_WORDS * WORDS>;
// Keys with a digit in a round, then in the rounds before: [digit][round].
var<workgroup> round_count: array<u32, ROUND_WORDS>;
// Keys of the block with a smaller digit.
var<workgroup> digit_start: array<u32, DIGITS>;
// What to add to a place in the sorted block to get the place in the view.
var<workgroup> digit_offset: array<u32, DIGITS>;
// Which key of the block comes at a place in sorted order, two places a word.
var<workgroup> key_at: array<atomic<u32>, PLACE_WORDS>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn sort_scatter(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = unfold(group, groups);
  let view = group.z;
  let first = block * BLOCK;
  let count = keys_in(counters[view]);
  if (first >= count) { return; }
  let base = view * key_stride();
  let length = min(BLOCK, count - first);

  for (var round = 0u; round < ROUNDS; round++) {
    let k = round * WORKGROUP_SIZE + local;
    if (k >= length) { break; }
    let digit = digit_of(keys[base + first + k], step.shift);
    atomicOr(&bits[(digit * ROUNDS + round) * WORDS + local / 32u], 1u << (local & 31u));
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
    digit_start[local] = running;
  }
  workgroupBarrier();
  var before_block = 0u;
  if (local < DIGITS) {
    // Where the digit starts in the view, this block in the digit, the digit in the block.
    before_block = digit_count[(view * DIGITS + local) * batch.sort_block_stride + block];
    for (var digit = 0u; digit < local; digit++) {
      before_block += digit_total[view * DIGITS + digit];
    }
    var start = 0u;
    for (var digit = 0u; digit < local; digit++) { start += digit_start[digit]; }
    digit_offset[local] = start;
  }
  workgroupBarrier();
  if (local < DIGITS) {
    digit_start[local] = digit_offset[local];
    digit_offset[local] = before_block - digit_start[local]; // wraps around, and back when added
  }
  workgroupBarrier();

  for (var round = 0u; round < ROUNDS; round++) {
    let k = round * WORKGROUP_SIZE + local;
    if (k >= length) { break; }
    let digit = digit_of(keys[base + first + k], step.shift);
    let row = digit * ROUNDS + round;
    var place = digit_start[digit] + round_count[row];
    for (var word = 0u; word < local / 32u; word++) {
      place += countOneBits(atomicLoad(&bits[row * WORDS + word]));
    }
    let before = (1u << (local & 31u)) - 1u;
    place += countOneBits(atomicLoad(&bits[row * WORDS + local / 32u]) & before);
    atomicOr(&key_at[place / 2u], k << (16u * (place & 1u)));
  }
  workgroupBarrier();

  for (var place = local; place < length; place += WORKGROUP_SIZE) {
    let k = (atomicLoad(&key_at[place / 2u]) >> (16u * (place & 1u))) & 0xffffu;
    let i = first + k;
    let key = keys[base + i];
    var value = i;
    if (step.implicit_values == 0u) { value = values[base + i]; }
    let to = base + place + digit_offset[digit_of(key, step.shift)];
    keys_out[to] = key;
    values_out[to] = value;
  }
}
