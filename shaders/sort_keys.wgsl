// sort_keys: what the passes of the radix sort share: which keys are sorted.
// Put in front of each of them.
//
// Least significant digit first, DIGIT_BITS bits a pass, stable. Keys lie by view;
// a workgroup takes a block of BLOCK keys of one view, z being the view.

override WORKGROUP_SIZE: u32;
override BLOCK: u32;
override DIGIT_BITS: u32;
override SORTED: u32;        // 0: the records of each view; 1: its pairs

const RECORDS = 0u;

struct SortStep {
  shift: u32,                // lowest bit of this pass's digit
  implicit_values: u32,      // 1: value i is i, and `values_in` is not read
}

// Keys a view has room for.
fn key_stride() -> u32 {
  return select(batch.pair_stride, batch.record_stride, SORTED == RECORDS);
}

// Keys of a view: what was counted, at most what there is room for.
fn keys_in(counter: Counter) -> u32 {
  return min(select(counter.pairs, counter.records, SORTED == RECORDS), key_stride());
}

fn digit_of(key: u32, shift: u32) -> u32 {
  return (key >> shift) & ((1u << DIGIT_BITS) - 1u);
}
