// bin: records -> for each open tile the list of records that touch it.
//
// In:  core.records of a batch (part of a slice), tile_open.
// Out: pairs[tile_first[t] .. tile_first[t + 1]) = records of tile t, ascending,
//      hence in depth order. Each place is written by exactly one worker:
//      block b of tile t begins where block b - 1 ends.
//
// A row of tiles is cut by the ellipse alpha = 1/255 in one span of tiles; its
// ends lie where the ellipse is widest within the row.

#include "core.h"
#include "simd.h"

// Spans of `rows` (1..4) rows of tiles from `first_row`.
void spans_of(const Record *record, u32 first_row, u32 rows, Span *spans) {
  u32 left = record->tile_left, right = record->tile_right;
  // The conic seen from the side: x as a function of y. Sums of positive numbers only.
  float a = HALF_LOG_E / record->falloff;
  float b = record->slope * a;
  float det = HALF_LOG_E * a / (record->steep * record->steep);
  float c = (det + b * b) / a;
  float slope = b / c;
  float falloff = HALF_LOG_E / c;
  float inverse_steep = __builtin_sqrtf(det / (HALF_LOG_E * c));
  float energy = record->peak + LOG_255;
  float widest = record->slope * __builtin_sqrtf(f32_max(0, energy * a / HALF_LOG_E));

  f32x4 row = add(splat4((float)first_row), wasm_f32x4_const(0, 1, 2, 3));
  f32x4 upper = sub(mul(row, splat4(TILE_HEIGHT)), splat4(record->y));
  f32x4 lower = add(upper, splat4(TILE_HEIGHT));
  f32x4 at_right = min4(max4(upper, splat4(widest)), lower);
  f32x4 at_left = min4(max4(upper, splat4(-widest)), lower);
  f32x4 zero = splat4(0);
  f32x4 room_right = fnma4(mul(at_right, at_right), splat4(falloff), splat4(energy));
  f32x4 room_left = fnma4(mul(at_left, at_left), splat4(falloff), splat4(energy));
  f32x4 to = fma4(splat4(slope), at_right, mul(sqrt4(max4(zero, room_right)), splat4(inverse_steep)));
  f32x4 from = sub(mul(splat4(slope), at_left), mul(sqrt4(max4(zero, room_left)), splat4(inverse_steep)));
  // Half a pixel to the nearest pixel centre is given away as slack.
  f32x4 scale = splat4(1.0f / TILE_WIDTH);
  to = wasm_f32x4_ceil(mul(add(to, splat4(record->x)), scale));
  from = wasm_f32x4_floor(mul(add(from, splat4(record->x)), scale));
  from = max4(from, splat4((float)left));
  to = min4(to, splat4((float)right));
  float ends[2][4];
  store4(ends[0], from);
  store4(ends[1], to);
  for (u32 i = 0; i < rows; i++) {
    // A NaN, from an ellipse too large for single precision, gives all tiles.
    u32 begin = ends[0][i] > (float)left ? (u32)u32_min((u32)ends[0][i], right) : left;
    u32 end = ends[1][i] < (float)right ? (ends[1][i] > (float)begin ? (u32)ends[1][i] : begin) : right;
    spans[i] = (Span){begin, end};
  }
}

// Calls `statement` with `tile` for every open tile of the record.
#define EACH_TILE(record, tile, statement)                                     \
  do {                                                                         \
    u32 left_ = (record)->tile_left, right_ = (record)->tile_right;            \
    u32 top_ = (record)->tile_top, bottom_ = (record)->tile_bottom;            \
    int exact_ = right_ - left_ > 1 && bottom_ - top_ > 1;                     \
    Span spans_[4] = {{left_, right_}, {left_, right_}, {left_, right_}, {left_, right_}}; \
    for (u32 row_ = top_; row_ < bottom_; row_ += 4) {                         \
      u32 rows_ = u32_min(4, bottom_ - row_);                                  \
      if (exact_) spans_of(record, row_, rows_, spans_);                       \
      for (u32 k_ = 0; k_ < rows_; k_++) {                                     \
        u32 base_ = (row_ + k_) * core.view.tiles_across;                      \
        for (u32 tile = base_ + spans_[k_].left; tile < base_ + spans_[k_].right; tile++) { \
          if (core.tile_open[tile]) statement;                                 \
        }                                                                      \
      }                                                                        \
    }                                                                          \
  } while (0)

void count_record(const Record *record, u32 *counts) {
  EACH_TILE(record, tile, counts[tile]++);
}

// Counts a batch anew, where it is less than its slice.
void bin_count(void) {
  for (;;) {
    u32 block = take(&core.next_task[1]);
    if (block >= core.blocks || aborted()) return;
    u32 *counts = core.block_counts + block * core.view.tiles;
    __builtin_memset(counts, 0, core.view.tiles * sizeof(u32));
    u32 first = core.batch_first + (u32)((uint64_t)core.batch_count * block / core.blocks);
    u32 last = core.batch_first + (u32)((uint64_t)core.batch_count * (block + 1) / core.blocks);
    for (u32 i = first; i < last; i++) count_record(&core.records[i], counts);
  }
}

// Counts to first places; by one worker.
void bin_offsets(void) {
  u32 sum = 0, tiles = core.view.tiles;
  for (u32 tile = 0; tile < tiles; tile++) {
    core.tile_first[tile] = sum;
    for (u32 block = 0; block < core.blocks; block++) {
      u32 *count = &core.block_counts[block * tiles + tile];
      u32 n = *count;
      *count = sum;
      sum += n;
    }
  }
  core.tile_first[tiles] = sum;
  core.pair_total = sum;
}

void bin_fill(void) {
  u32 *pairs = core.pairs;
  for (;;) {
    u32 block = take(&core.next_task[2]);
    if (block >= core.blocks || aborted()) return;
    u32 *next = core.block_counts + block * core.view.tiles;
    u32 first = core.batch_first + (u32)((uint64_t)core.batch_count * block / core.blocks);
    u32 last = core.batch_first + (u32)((uint64_t)core.batch_count * (block + 1) / core.blocks);
    for (u32 i = first; i < last; i++) {
      const Record *record = &core.records[i];
      EACH_TILE(record, tile, pairs[next[tile]++] = i);
    }
  }
}
