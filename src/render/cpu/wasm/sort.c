// Stable radix sort of (key, value) pairs by all workers together.
//
// In:  core.keys[0], core.values[0], `count` pairs, keys below 2^bits.
// Out: the sorted pairs in the buffers whose number it returns, the same for
//      every worker. Each worker owns a contiguous part of the input, so the
//      result does not depend on their number. Ends with a barrier.

#include "core.h"

// Fewer pairs are sorted by worker 0 alone: a barrier costs more.
#define ALONE 8192

static void count_digits(const u32 *keys, u32 first, u32 last, u32 shift,
                         u32 mask, u32 *histogram) {
  __builtin_memset(histogram, 0, (mask + 1) * sizeof(u32));
  for (u32 i = first; i < last; i++) histogram[(keys[i] >> shift) & mask]++;
}

static void pass(u32 worker, u32 workers, u32 count, u32 from, u32 shift, u32 bits) {
  u32 mask = (1u << bits) - 1;
  u32 first = (u32)((uint64_t)count * worker / workers);
  u32 last = (u32)((uint64_t)count * (worker + 1) / workers);
  u32 *histograms = core.histograms;
  u32 *mine = histograms + worker * (1u << DIGIT_BITS);
  count_digits(core.keys[from], first, last, shift, mask, mine);
  if (workers > 1) barrier();

  u32 place[1u << DIGIT_BITS];
  u32 sum = 0;
  for (u32 digit = 0; digit <= mask; digit++) {
    u32 before = 0, all = 0;
    for (u32 other = 0; other < workers; other++) {
      u32 n = histograms[other * (1u << DIGIT_BITS) + digit];
      if (other < worker) before += n;
      all += n;
    }
    place[digit] = sum + before;
    sum += all;
  }
  const u32 *keys = core.keys[from], *values = core.values[from];
  u32 *keys_out = core.keys[from ^ 1], *values_out = core.values[from ^ 1];
  for (u32 i = first; i < last; i++) {
    u32 key = keys[i];
    u32 to = place[(key >> shift) & mask]++;
    keys_out[to] = key;
    values_out[to] = values[i];
  }
  if (workers > 1) barrier();
}

u32 sort_pairs(u32 worker, u32 count, u32 bits) {
  u32 passes = (bits + DIGIT_BITS - 1) / DIGIT_BITS;
  if (passes == 0) return 0;
  u32 digit = (bits + passes - 1) / passes;
  if (count >= ALONE && core.workers > 1) {
    for (u32 i = 0; i < passes; i++) {
      pass(worker, core.workers, count, i & 1, i * digit, digit);
    }
  } else {
    if (worker == 0) {
      for (u32 i = 0; i < passes; i++) pass(0, 1, count, i & 1, i * digit, digit);
    }
    barrier();
  }
  return passes & 1;
}

// Orders each run of equal keys by index in the file, so that the whole order
// is one for any packing. Runs that begin in a worker's part are its own.

static u32 file_index(u32 survivor) {
  return core.geometry[core.survivor_splats[survivor]].index;
}

static int later(u32 a, u32 b) { return file_index(a) > file_index(b); }

static void sink(u32 *values, u32 root, u32 count) {
  for (;;) {
    u32 child = 2 * root + 1;
    if (child >= count) return;
    if (child + 1 < count && later(values[child + 1], values[child])) child++;
    if (!later(values[child], values[root])) return;
    u32 t = values[root];
    values[root] = values[child];
    values[child] = t;
    root = child;
  }
}

static void order_run(u32 *values, u32 count) {
  if (count <= 16) {
    for (u32 i = 1; i < count; i++) {
      u32 value = values[i], j = i;
      for (; j > 0 && later(values[j - 1], value); j--) values[j] = values[j - 1];
      values[j] = value;
    }
    return;
  }
  for (u32 root = count / 2; root-- > 0;) sink(values, root, count);
  for (u32 end = count - 1; end > 0; end--) {
    u32 t = values[0];
    values[0] = values[end];
    values[end] = t;
    sink(values, 0, end);
  }
}

void order_ties(u32 worker, u32 buffer, u32 count) {
  const u32 *keys = core.keys[buffer];
  u32 *values = core.values[buffer];
  u32 i = (u32)((uint64_t)count * worker / core.workers);
  u32 last = (u32)((uint64_t)count * (worker + 1) / core.workers);
  while (i > 0 && i < last && keys[i] == keys[i - 1]) i++;
  while (i < last) {
    u32 end = i + 1;
    while (end < count && keys[end] == keys[i]) end++;
    if (end - i > 1) order_run(values + i, end - i);
    i = end;
  }
}

// Place in depth order of each survivor.
void rank(u32 worker, u32 buffer, u32 count) {
  const u32 *values = core.values[buffer];
  u32 first = (u32)((uint64_t)count * worker / core.workers);
  u32 last = (u32)((uint64_t)count * (worker + 1) / core.workers);
  core.order_of = core.keys[buffer ^ 1];
  for (u32 i = first; i < last; i++) core.order_of[values[i]] = i;
}
