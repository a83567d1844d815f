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

typedef struct {
  u32 left, right;  // tiles, right exclusive
} Span;

// Spans of four rows of tiles from `first_row`, from `left` to `right`.
static void spans_of(const Profile *profile, u32 left, u32 right, u32 first_row, Span spans[4]) {
  f32x4 row = add(splat4((float)first_row), wasm_f32x4_const(0, 1, 2, 3));
  f32x4 upper = sub(mul(row, splat4(TILE_HEIGHT)), splat4(profile->y));
  f32x4 lower = add(upper, splat4(TILE_HEIGHT));
  f32x4 widest = splat4(profile->widest), zero = splat4(0);
  f32x4 slope = splat4(profile->slope), inverse_steep = splat4(profile->inverse_steep);
  f32x4 falloff = splat4(profile->falloff), energy = splat4(profile->energy);
  f32x4 at_right = min4(max4(upper, widest), lower);
  f32x4 at_left = min4(max4(upper, sub(zero, widest)), lower);
  f32x4 room_right = fnma4(mul(at_right, at_right), falloff, energy);
  f32x4 room_left = fnma4(mul(at_left, at_left), falloff, energy);
  f32x4 to = fma4(slope, at_right, mul(sqrt4(max4(zero, room_right)), inverse_steep));
  f32x4 from = fnma4(sqrt4(max4(zero, room_left)), inverse_steep, mul(slope, at_left));
  // Pixel centres lie half a pixel within the tiles: slack enough for rounding.
  f32x4 scale = splat4(1.0f / TILE_WIDTH), x = splat4(profile->x);
  to = wasm_f32x4_ceil(mul(add(to, x), scale));
  from = wasm_f32x4_floor(mul(add(from, x), scale));
  from = max4(splat4((float)left), from);
  to = min4(splat4((float)right), to);
  i32 ends[2][4];
  store4(ends[0], wasm_i32x4_trunc_sat_f32x4(from));
  store4(ends[1], wasm_i32x4_trunc_sat_f32x4(max4(from, to)));
  for (u32 i = 0; i < 4; i++) spans[i] = (Span){(u32)ends[0][i], (u32)ends[1][i]};
}

// The profile of a finished record, by sums of positive numbers only.
static Profile profile_of(const Record *record) {
  float a = HALF_LOG_E / record->falloff;
  float b = record->slope * a;
  float det = HALF_LOG_E * a / (record->steep * record->steep);
  float c = (det + b * b) / a;
  float energy = record->peak + LOG_255;
  return (Profile){
      .x = record->x,
      .y = record->y,
      .slope = b / c,
      .falloff = HALF_LOG_E / c,
      .inverse_steep = __builtin_sqrtf(det / (HALF_LOG_E * c)),
      .energy = energy,
      .widest = record->slope * __builtin_sqrtf(f32_max(0, energy * a / HALF_LOG_E)),
  };
}

static int is_small(Tiles rectangle) {
  return rectangle.right - rectangle.left <= 8 && rectangle.bottom - rectangle.top <= 8;
}

uint64_t find_tiles(Tiles rectangle, const Profile *profile) {
  if (!is_small(rectangle)) return 1;
  u32 left = rectangle.left, top = rectangle.top, width = rectangle.right - left;
  u32 bottom = rectangle.bottom;
  uint64_t tiles = 0;
  for (u32 row = top; row < bottom; row += 4) {
    Span spans[4] = {{left, left + 1}, {left, left + 1}, {left, left + 1}, {left, left + 1}};
    if (width > 1) spans_of(profile, left, left + width, row, spans);
    for (u32 i = 0; i < u32_min(4, bottom - row); i++) {
      uint64_t bits = (1ull << (spans[i].right - left)) - (1ull << (spans[i].left - left));
      tiles |= bits << (8 * (row + i - top));
    }
  }
  if (core.slice_first == 0) return tiles;
  for (uint64_t rest = tiles; rest != 0; rest &= rest - 1) {
    u32 bit = (u32)__builtin_ctzll(rest);
    u32 tile = (top + bit / 8) * core.view.tiles_across + left + bit % 8;
    if (!core.tile_open[tile]) tiles &= ~(1ull << bit);
  }
  return tiles;
}

// Calls `statement` with `tile` for every open tile of the record.
#define EACH_TILE(record, tile, statement)                                     \
  do {                                                                         \
    u32 across_ = core.view.tiles_across;                                      \
    Tiles tiles_ = (record)->rectangle;                                        \
    uint64_t rest_ = (record)->tiles;                                          \
    if (is_small(tiles_)) {                                                    \
      u32 base_ = tiles_.top * across_ + tiles_.left;                          \
      for (; rest_ != 0; rest_ &= rest_ - 1) {                                 \
        u32 bit_ = (u32)__builtin_ctzll(rest_);                                \
        u32 tile = base_ + bit_ / 8 * across_ + bit_ % 8;                      \
        statement;                                                             \
      }                                                                        \
      break;                                                                   \
    }                                                                          \
    Profile profile_ = profile_of(record);                                     \
    for (u32 row_ = tiles_.top; row_ < tiles_.bottom; row_ += 4) {             \
      Span spans_[4];                                                          \
      spans_of(&profile_, tiles_.left, tiles_.right, row_, spans_);            \
      for (u32 k_ = 0; k_ < u32_min(4, tiles_.bottom - row_); k_++) {          \
        u32 base_ = (row_ + k_) * across_;                                     \
        for (u32 tile = base_ + spans_[k_].left; tile < base_ + spans_[k_].right; tile++) { \
          if (core.tile_open[tile]) statement;                                 \
        }                                                                      \
      }                                                                        \
    }                                                                          \
  } while (0)

static u32 block_first(u32 block) {
  return core.batch_first + (u32)((uint64_t)core.batch_count * block / core.blocks);
}

void bin_count(void) {
  for (;;) {
    u32 block = take(&core.next_task[0]);
    if (block >= core.blocks || aborted()) return;
    u32 *counts = core.block_counts + block * core.view.tiles;
    __builtin_memset(counts, 0, core.view.tiles * sizeof(u32));
    for (u32 i = block_first(block); i < block_first(block + 1); i++) {
      const Record *record = &core.records[i];
      EACH_TILE(record, tile, counts[tile]++);
    }
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
    for (u32 i = block_first(block); i < block_first(block + 1); i++) {
      const Record *record = &core.records[i];
      EACH_TILE(record, tile, pairs[next[tile]++] = i);
    }
  }
}
