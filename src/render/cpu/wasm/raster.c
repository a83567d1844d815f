// raster: the records of each tile, front to back -> its pixels.
//
// In:  core.records, tile_first, pairs of a batch; tile_states of tiles begun
//      in an earlier batch (tile_started).
// Out: the five pictures, written once a tile: when its last pixel is opaque or
//      after the last batch. Tiles are taken by atomics; each is one worker's.
//
// A tile is 4 x 4 blocks of 4 x 4 pixels. For up to 64 records at a time the
// blocks that each ellipse alpha = 1/255 touches are found exactly; then each
// block takes its records in turn, its pixels in registers: V8 checks every
// access to memory against its bounds, so memory is what costs here. Down the
// rows of a block the exponent is a quadratic of the row, so alpha follows by
// second differences from two exponentials.

#include "core.h"
#include "simd.h"

// Pixels a side of a block, blocks a side of a tile, blocks a tile.
#define SIDE 4
#define ACROSS (TILE_WIDTH / SIDE)
#define DOWN (TILE_HEIGHT / SIDE)
#define BLOCKS (ACROSS * DOWN)
// Records whose blocks are found at once: bits of a word.
#define WORD 64

// Transmittance that ends a pixel, and the one that sets its median depth.
#define OPAQUE 1e-4f
#define HALF 0.5f

// Sixteen pixels, a vector a row.
typedef struct {
  f32x4 transmittance[SIDE];  // 0 once the pixel has ended
  f32x4 red[SIDE], green[SIDE], blue[SIDE];
  f32x4 depth[SIDE], weight[SIDE];  // sum of weights times depth, of weights
  f32x4 median[SIDE];  // depth of the last splat blended at a transmittance of at least a half
  v128_t splat[SIDE];  // that one, plus 1
  u32 early;           // whether a pixel's transmittance is still at least a half
} Block;

typedef struct {
  Block blocks[BLOCKS];
  u32 live;     // a bit a block with a pixel that has not ended
  u32 touched;  // what blend_batch read early, lest the compiler drop it
} Tile;

u32 tile_state_bytes(void) { return sizeof(Tile); }

static void begin_tile(Tile *tile, u32 x0, u32 y0) {
  const View *view = &core.view;
  __builtin_memset(tile, 0, sizeof *tile);
  for (u32 b = 0; b < BLOCKS; b++) {
    u32 x = x0 + b % ACROSS * SIDE, y = y0 + b / ACROSS * SIDE;
    f32x4 column = add(splat4((float)x), wasm_f32x4_const(0, 1, 2, 3));
    v128_t inside = wasm_f32x4_lt(column, splat4((float)view->width));
    for (u32 row = 0; row < SIDE && y + row < view->height; row++) {
      tile->blocks[b].transmittance[row] = wasm_v128_and(inside, splat4(1));
    }
    if (x < view->width && y < view->height) tile->live |= 1u << b;
    tile->blocks[b].early = 1;
  }
}

// Bit b is set where the ellipse of `record` touches block b of the tile at (x0, y0).
static u32 touched_blocks(const Record *record, float x0, float y0) {
  f32x4 zero = splat4(0);
  f32x4 left = add(splat4(x0 + 0.5f - record->x), wasm_f32x4_const(0, 4, 8, 12));
  f32x4 right = add(left, splat4(SIDE - 1));
  f32x4 top = splat4(record->top), energy = splat4(record->peak + LOG_255);
  f32x4 falloff = splat4(record->falloff), slope = splat4(record->slope);
  f32x4 inverse_steep = splat4(1.0f / record->steep);
  // Where within the column of blocks the ellipse reaches lowest (largest y) and highest.
  f32x4 at_last = min4(max4(left, top), right);
  f32x4 at_first = min4(max4(left, sub(zero, top)), right);
  f32x4 room_last = fnma4(mul(at_last, at_last), falloff, energy);
  f32x4 room_first = fnma4(mul(at_first, at_first), falloff, energy);
  // 0.01 pixels of slack for rounding.
  float y = record->y - y0 - 0.5f;
  f32x4 last = fma4(slope, at_last, splat4(y + 0.01f));
  last = fma4(sqrt4(max4(zero, room_last)), inverse_steep, last);
  f32x4 first = fma4(slope, at_first, splat4(y - 0.01f));
  first = fnma4(sqrt4(max4(zero, room_first)), inverse_steep, first);
  v128_t hit = wasm_f32x4_ge(room_last, splat4(-0.01f));
  u32 mask = 0;
  for (int row = 0; row < DOWN; row++) {
    v128_t in = wasm_v128_and(wasm_f32x4_le(first, splat4((float)(SIDE * row + SIDE - 1))),
                              wasm_f32x4_ge(last, splat4((float)(SIDE * row))));
    mask |= wasm_i32x4_bitmask(wasm_v128_and(in, hit)) << (ACROSS * row);
  }
  return mask;
}

// Transposes bits: bit i of words[b] is bit b of masks[i].
static void transpose_masks(const u16 masks[WORD], uint64_t words[BLOCKS]) {
  v128_t bytes[2][4];  // [byte of the mask][16 records]
  for (int q = 0; q < 4; q++) {
    v128_t a = load4(masks + 16 * q), b = load4(masks + 16 * q + 8);
    bytes[0][q] = wasm_i8x16_shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    bytes[1][q] = wasm_i8x16_shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  }
  for (int byte = 0; byte < 2; byte++) {
    v128_t *v = bytes[byte];
    for (int bit = 7; bit >= 0; bit--) {
      uint64_t word = 0;
      for (int q = 0; q < 4; q++) {
        word |= (uint64_t)wasm_i8x16_bitmask(v[q]) << (16 * q);
        v[q] = wasm_i8x16_add(v[q], v[q]);
      }
      words[8 * byte + bit] = word;
    }
  }
}

#define LANE(v, i) wasm_i32x4_shuffle(v, v, i, i, i, i)
#define ROWS(statement) \
  for (int row = 0; row < SIDE; row++) { statement; }

// One record in one block: alpha in its first row, the factor from there to the
// next, the factor of that, and its colour and depth.
typedef struct {
  f32x4 alpha, step, decay, look;
} Start;

// Finds starts[i] for the records i of `word`, for the block at pixel (x0, y0).
// Nothing depends on the record before: the processor works on several at once.
static void find_starts(float x0, float y0, uint64_t word, const u32 *batch, Start *starts) {
  Exponential e = exponential();
  const Record *records = core.records;
  f32x4 x = add(splat4(x0 + 0.5f), wasm_f32x4_const(0, 1, 2, 3));
  f32x4 y = splat4(y0 + 0.5f);
  f32x4 zero = held(0);
  for (; word != 0; word &= word - 1) {
    u32 i = (u32)__builtin_ctzll(word);
    const Record *record = &records[batch[i]];
    Start *start = &starts[i];
    v128_t place = load4(&record->x), shape = load4(&record->falloff), look = load4(record->color);
    f32x4 steep = LANE(place, 3);
    f32x4 dx = sub(x, LANE(place, 0));
    f32x4 dy = sub(y, LANE(place, 1));
    f32x4 u = mul(steep, fnma4(LANE(place, 2), dx, dy));
    f32x4 rest = fnma4(mul(dx, dx), LANE(shape, 0), LANE(shape, 1));
    start->alpha = exp2_4(&e, fnma4(u, u, rest));
    start->step = exp2_4(&e, fnma4(steep, add(add(u, u), steep), zero));
    start->decay = LANE(shape, 2);
    start->look = look;
  }
}

typedef struct {
  f32x4 transmittance[SIDE], red[SIDE], green[SIDE], blue[SIDE], depth[SIDE], weight[SIDE];
} Sums;

// Blends `word` until it is empty, the block has ended or, if `medians`, all
// its pixels have their median depth. Returns what is left of `word`.
static inline __attribute__((always_inline)) uint64_t
blend_records(Block *block, Sums *sums, uint64_t word, const Start *starts, const u32 *batch,
              int medians, int with_ids) {
  f32x4 most = held(0.99f), least = held(1.0f / 255.0f), opaque = held(OPAQUE), half = held(HALF);
  f32x4 median[SIDE];
  if (medians) ROWS(median[row] = block->median[row])
  while (word != 0) {
    u32 i = (u32)__builtin_ctzll(word);
    word &= word - 1;
    const Start *start = &starts[i];
    v128_t look = start->look;
    f32x4 r = LANE(look, 0), g = LANE(look, 1), b = LANE(look, 2), z = LANE(look, 3);
    f32x4 alpha = start->alpha, step = start->step;
    f32x4 decay = start->decay;
#pragma clang loop unroll(full)
    for (int row = 0; row < SIDE; row++) {
      v128_t keep = wasm_f32x4_ge(alpha, least);
      f32x4 a = wasm_v128_and(min4(alpha, most), keep);
      f32x4 before = sums->transmittance[row];
      f32x4 w = mul(before, a);
      f32x4 after = sub(before, w);
      // A splat that would end the pixel is not blended.
      v128_t more = wasm_f32x4_ge(after, opaque);
      w = wasm_v128_and(w, more);
      sums->transmittance[row] = wasm_v128_and(after, more);
      sums->red[row] = fma4(w, r, sums->red[row]);
      sums->green[row] = fma4(w, g, sums->green[row]);
      sums->blue[row] = fma4(w, b, sums->blue[row]);
      sums->depth[row] = fma4(w, z, sums->depth[row]);
      sums->weight[row] = add(sums->weight[row], w);
      if (medians) {
        v128_t early = wasm_v128_and(keep, wasm_f32x4_ge(before, half));
        median[row] = wasm_i32x4_relaxed_laneselect(z, median[row], early);
        if (with_ids) {
          block->splat[row] = wasm_v128_bitselect(wasm_i32x4_splat((i32)core.record_splats[batch[i]] + 1), block->splat[row], early);
        }
      }
      if (row < SIDE - 1) alpha = mul(alpha, step);
      if (row < SIDE - 2) step = mul(step, decay);
    }
    f32x4 *t = sums->transmittance;
    f32x4 most_left = max4(max4(t[0], t[1]), max4(t[2], t[3]));
    if (medians) {
      if (wasm_i32x4_bitmask(wasm_f32x4_ge(most_left, half)) == 0) break;
    } else {
      if (!wasm_v128_any_true(most_left)) return 0;
    }
  }
  if (medians) ROWS(block->median[row] = median[row])
  return word;
}

// Blends the records of `word` into a block at pixel (x0, y0); whether it is still live.
static int blend_block(Block *block, float x0, float y0, uint64_t word, const u32 *batch, int with_ids) {
  Start starts[WORD];
  find_starts(x0, y0, word, batch, starts);
  Sums sums;
  ROWS(sums.transmittance[row] = block->transmittance[row]; sums.red[row] = block->red[row];
       sums.green[row] = block->green[row]; sums.blue[row] = block->blue[row];
       sums.depth[row] = block->depth[row]; sums.weight[row] = block->weight[row])
  if (block->early) {
    word = with_ids ? blend_records(block, &sums, word, starts, batch, 1, 1)
                    : blend_records(block, &sums, word, starts, batch, 1, 0);
    f32x4 *t = sums.transmittance;
    f32x4 most = max4(max4(t[0], t[1]), max4(t[2], t[3]));
    block->early = wasm_i32x4_bitmask(wasm_f32x4_ge(most, splat4(HALF))) != 0;
  }
  blend_records(block, &sums, word, starts, batch, 0, 0);
  ROWS(block->transmittance[row] = sums.transmittance[row]; block->red[row] = sums.red[row];
       block->green[row] = sums.green[row]; block->blue[row] = sums.blue[row];
       block->depth[row] = sums.depth[row]; block->weight[row] = sums.weight[row])
  f32x4 *t = sums.transmittance;
  return wasm_v128_any_true(wasm_v128_or(wasm_v128_or(t[0], t[1]), wasm_v128_or(t[2], t[3])));
}

// Blends `count` (1..WORD) records into the tile.
static void blend_batch(Tile *tile, const u32 *batch, u32 count, u32 x0, u32 y0) {
  u16 masks[WORD];
  uint64_t words[BLOCKS];
  const Record *records = core.records;
  // Fetches the records from the outer caches all at once, not one by one below.
  u32 touched = 0;
  for (u32 i = 0; i < count; i++) touched |= (u32)records[batch[i]].tiles;
  tile->touched = touched;
  for (u32 i = 0; i < count; i++) {
    masks[i] = (u16)touched_blocks(&records[batch[i]], (float)x0, (float)y0);
  }
  for (u32 i = count; i < WORD; i++) masks[i] = 0;
  transpose_masks(masks, words);
  for (u32 live = tile->live; live != 0; live &= live - 1) {
    u32 b = (u32)__builtin_ctz(live);
    uint64_t word = words[b];
    if (word == 0) continue;
    float x = (float)(x0 + b % ACROSS * SIDE), y = (float)(y0 + b / ACROSS * SIDE);
    int more = core.view.with_ids ? blend_block(&tile->blocks[b], x, y, word, batch, 1)
                                  : blend_block(&tile->blocks[b], x, y, word, batch, 0);
    if (!more) tile->live &= ~(1u << b);
  }
}

static f32x4 byte_of(f32x4 value) {
  f32x4 clamped = min4(max4(splat4(0), value), splat4(1));
  return wasm_i32x4_relaxed_trunc_f32x4(add(mul(clamped, splat4(255)), splat4(0.5f)));
}

// Writes four pixels of a row, or the `count` that the image has.
static void finish_row(const Block *block, u32 row, u32 pixel, u32 count) {
  v128_t rgba = byte_of(block->red[row]);
  rgba = wasm_v128_or(rgba, wasm_i32x4_shl(byte_of(block->green[row]), 8));
  rgba = wasm_v128_or(rgba, wasm_i32x4_shl(byte_of(block->blue[row]), 16));
  rgba = wasm_v128_or(rgba, wasm_i32x4_const_splat((i32)0xff000000));
  f32x4 alpha = block->weight[row];
  f32x4 metres = splat4(core.view.metres);
  f32x4 expected = mul(div4(block->depth[row], alpha), metres);
  expected = wasm_v128_and(expected, wasm_f32x4_gt(alpha, splat4(0)));
  // Transmittance is 0 for an ended pixel.
  v128_t passed = wasm_f32x4_lt(block->transmittance[row], splat4(HALF));
  f32x4 median = wasm_v128_and(mul(block->median[row], metres), passed);
  if (count == 4) {
    store4(core.out_color + 4 * pixel, rgba);
    store4(core.out_depth + pixel, median);
    store4(core.out_expected + pixel, expected);
    store4(core.out_alpha + pixel, alpha);
  } else {
    __builtin_memcpy(core.out_color + 4 * pixel, &rgba, 4 * count);
    __builtin_memcpy(core.out_depth + pixel, &median, 4 * count);
    __builtin_memcpy(core.out_expected + pixel, &expected, 4 * count);
    __builtin_memcpy(core.out_alpha + pixel, &alpha, 4 * count);
  }
  if (core.view.with_ids) {
    u32 splats[4];
    store4(splats, wasm_v128_and(block->splat[row], passed));
    for (u32 i = 0; i < count; i++) {
      core.out_ids[pixel + i] = splats[i] ? core.object_ids[splats[i] - 1] : 0;
    }
  }
}

static void finish_tile(const Tile *tile, u32 x0, u32 y0) {
  u32 width = core.view.width, height = core.view.height;
  for (u32 b = 0; b < BLOCKS; b++) {
    u32 x = x0 + b % ACROSS * SIDE, y = y0 + b / ACROSS * SIDE;
    if (x >= width) continue;
    for (u32 row = 0; row < SIDE && y + row < height; row++) {
      finish_row(&tile->blocks[b], row, (y + row) * width + x, u32_min(4, width - x));
    }
  }
}

// Blends the batch into every open tile; after the last one finishes them all.
void raster(u32 worker, int last) {
  (void)worker;
  Tile local;
  Tile *saved = core.tile_states;
  for (;;) {
    u32 index = take(&core.next_task[3]);
    if (index >= core.view.tiles || aborted()) return;
    if (!core.tile_open[index]) continue;
    u32 first = core.tile_first[index], end = core.tile_first[index + 1];
    if (first == end && !last) continue;
    u32 x0 = index % core.view.tiles_across * TILE_WIDTH;
    u32 y0 = index / core.view.tiles_across * TILE_HEIGHT;
    if (core.tile_started[index]) {
      __builtin_memcpy(&local, &saved[index], sizeof local);
    } else {
      begin_tile(&local, x0, y0);
    }
    for (u32 i = first; i < end && local.live; i += WORD) {
      blend_batch(&local, core.pairs + i, u32_min(WORD, end - i), x0, y0);
    }
    if (last || !local.live) {
      finish_tile(&local, x0, y0);
      core.tile_open[index] = 0;
      __atomic_fetch_sub(&core.tiles_open, 1, __ATOMIC_RELAXED);
    } else {
      __builtin_memcpy(&saved[index], &local, sizeof local);
      core.tile_started[index] = 1;
    }
  }
}
