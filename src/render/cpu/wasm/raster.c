// raster: the records of each tile, front to back -> its pixels.
//
// In:  core.records, tile_first, pairs of a batch; tile_states of tiles begun
//      in an earlier batch (tile_started).
// Out: the five pictures, written once a tile: when its last pixel is opaque or
//      after the last batch. Tiles are taken by atomics; each is one worker's.
//
// A tile is four columns of four pixels. For each column the rows that the
// ellipse alpha = 1/255 touches are found exactly, then walked downwards: along
// a column the exponent is a quadratic of the row, so alpha follows from two
// multiplications a row (second differences), and no exponential is needed
// but the two at its start. Within the rows walked no lane lies more than three
// pixels outside the ellipse, which bounds the exponents far above -126.

#include "core.h"
#include "simd.h"

#define COLUMNS (TILE_WIDTH / 4)
#define ALL_ROWS ((1u << TILE_HEIGHT) - 1)

// Transmittance that ends a pixel, and the one that sets its median depth.
#define OPAQUE 1e-4f
#define HALF 0.5f

// Four pixels side by side.
typedef struct {
  f32x4 transmittance;  // 0 once the pixel has ended
  f32x4 threshold;      // the next transmittance at which something happens
  f32x4 red, green, blue, depth;
} Group;

typedef struct {
  Group groups[COLUMNS][TILE_HEIGHT];
  f32x4 median[COLUMNS][TILE_HEIGHT];
  f32x4 ended[COLUMNS][TILE_HEIGHT];  // transmittance at the end
  v128_t splat[COLUMNS][TILE_HEIGHT];  // that set the median, plus 1
  u32 live[COLUMNS];                   // a bit a row with a pixel that has not ended
  float first_live[COLUMNS], last_live[COLUMNS];
} Tile;

u32 tile_state_bytes(void) { return sizeof(Tile); }

static void live_rows(Tile *tile, int column) {
  u32 live = tile->live[column];
  tile->first_live[column] = live ? (float)__builtin_ctz(live) : 1e9f;
  tile->last_live[column] = live ? (float)(31 - __builtin_clz(live)) : -1.0f;
}

static void begin_tile(Tile *tile, u32 x0, u32 y0) {
  const View *view = &core.view;
  __builtin_memset(tile, 0, sizeof *tile);
  for (int column = 0; column < COLUMNS; column++) {
    f32x4 x = add(splat4((float)(x0 + 4 * column)), wasm_f32x4_const(0, 1, 2, 3));
    v128_t inside = wasm_f32x4_lt(x, splat4((float)view->width));
    u32 rows = u32_min(TILE_HEIGHT, view->height - y0);
    for (u32 row = 0; row < TILE_HEIGHT; row++) {
      Group *group = &tile->groups[column][row];
      v128_t exists = row < rows ? inside : splat4(0);
      group->transmittance = wasm_v128_and(exists, splat4(1));
      group->threshold = wasm_v128_bitselect(splat4(HALF), splat4(-1), exists);
      if (wasm_v128_any_true(exists)) tile->live[column] |= 1u << row;
    }
    live_rows(tile, column);
  }
}

// The few pixels whose transmittance passed a threshold: sets the median depth
// or ends them. Returns the lanes that ended, which are not blended.
static __attribute__((noinline)) v128_t pass_threshold(Tile *tile, int column, int row, f32x4 after,
                                                       const Record *record) {
  Group *group = &tile->groups[column][row];
  v128_t passed = wasm_f32x4_lt(after, group->threshold);
  v128_t ends = wasm_v128_and(passed, wasm_f32x4_lt(group->threshold, splat4(0.1f)));
  v128_t medians = wasm_v128_andnot(passed, ends);
  tile->median[column][row] = wasm_v128_bitselect(splat4(record->depth), tile->median[column][row], medians);
  tile->splat[column][row] = wasm_v128_bitselect(wasm_i32x4_splat((i32)record->splat + 1),
                                                 tile->splat[column][row], medians);
  tile->ended[column][row] = wasm_v128_bitselect(group->transmittance, tile->ended[column][row], ends);
  group->threshold = wasm_v128_bitselect(splat4(OPAQUE), group->threshold, medians);
  group->threshold = wasm_v128_bitselect(splat4(-1), group->threshold, ends);
  if (wasm_i32x4_all_true(wasm_f32x4_lt(group->threshold, splat4(0)))) {
    tile->live[column] &= ~(1u << row);
    live_rows(tile, column);
  }
  return ends;
}

// Blends `record` into rows first..last of a column; dx, dy from its centre to
// the column's pixels in row `first`.
static void blend_column(Tile *tile, int column, int first, int last, f32x4 dx, float dy,
                         const Record *record) {
  f32x4 steep = splat4(record->steep);
  f32x4 u = mul(steep, fnma4(splat4(record->slope), dx, splat4(dy)));
  f32x4 rest = fnma4(mul(dx, dx), splat4(record->falloff), splat4(record->peak));
  f32x4 lowest = splat4(-126);
  f32x4 alpha = exp2_4(max4(lowest, fnma4(u, u, rest)));
  f32x4 step = exp2_4(max4(lowest, mul(splat4(-record->steep), add(add(u, u), steep))));
  f32x4 decay = splat4(record->decay);
  f32x4 red = splat4(record->color[0]), green = splat4(record->color[1]);
  f32x4 blue = splat4(record->color[2]), depth = splat4(record->depth);
  f32x4 most = splat4(0.99f), least = splat4(1.0f / 255.0f);
  for (int row = first; row <= last; row++) {
    Group *group = &tile->groups[column][row];
    f32x4 a = min4(alpha, most);
    a = wasm_v128_and(a, wasm_f32x4_ge(alpha, least));
    f32x4 before = group->transmittance;
    f32x4 weight = mul(before, a);
    f32x4 after = sub(before, weight);
    if (__builtin_expect(wasm_v128_any_true(wasm_f32x4_lt(after, group->threshold)), 0)) {
      v128_t ends = pass_threshold(tile, column, row, after, record);
      weight = wasm_v128_andnot(weight, ends);
      after = wasm_v128_andnot(after, ends);
    }
    group->transmittance = after;
    group->red = fma4(weight, red, group->red);
    group->green = fma4(weight, green, group->green);
    group->blue = fma4(weight, blue, group->blue);
    group->depth = fma4(weight, depth, group->depth);
    alpha = mul(alpha, step);
    step = mul(step, decay);
  }
}

// Blends `record` into the tile at pixel (x0, y0).
static void blend(Tile *tile, const Record *record, float x0, float y0) {
  f32x4 zero = splat4(0);
  f32x4 left = add(splat4(x0 + 0.5f - record->x), wasm_f32x4_const(0, 4, 8, 12));
  f32x4 right = add(left, splat4(3));
  f32x4 top = splat4(record->top), energy = splat4(record->peak + LOG_255);
  f32x4 falloff = splat4(record->falloff), slope = splat4(record->slope);
  f32x4 inverse_steep = splat4(record->inverse_steep);
  // Where within the column the ellipse reaches lowest (largest y) and highest.
  f32x4 at_last = min4(max4(left, top), right);
  f32x4 at_first = min4(max4(left, sub(zero, top)), right);
  f32x4 room_last = fnma4(mul(at_last, at_last), falloff, energy);
  f32x4 room_first = fnma4(mul(at_first, at_first), falloff, energy);
  // Row r has its pixel centres at y0 + r + 0.5; 0.01 rows of slack for rounding.
  float y = record->y - y0 - 0.5f;
  f32x4 last = fma4(slope, at_last, splat4(y + 0.01f));
  last = wasm_f32x4_floor(fma4(sqrt4(max4(zero, room_last)), inverse_steep, last));
  f32x4 first = fma4(slope, at_first, splat4(y - 0.01f));
  first = wasm_f32x4_ceil(fnma4(sqrt4(max4(zero, room_first)), inverse_steep, first));
  last = min4(load4(tile->last_live), last);
  first = max4(load4(tile->first_live), first);
  v128_t hit = wasm_v128_and(wasm_f32x4_le(first, last), wasm_f32x4_ge(room_last, splat4(-0.01f)));
  u32 mask = wasm_i32x4_bitmask(hit);
  if (mask == 0) return;
  i32 rows[2][4];
  store4(rows[0], wasm_i32x4_trunc_sat_f32x4(first));
  store4(rows[1], wasm_i32x4_trunc_sat_f32x4(last));
  for (; mask != 0; mask &= mask - 1) {
    int column = __builtin_ctz(mask);
    f32x4 dx = add(splat4(x0 + 4.0f * (float)column + 0.5f - record->x), wasm_f32x4_const(0, 1, 2, 3));
    int row = rows[0][column];
    blend_column(tile, column, row, rows[1][column], dx, (float)row - y, record);
  }
}

static f32x4 byte_of(f32x4 value) {
  f32x4 clamped = min4(max4(splat4(0), value), splat4(1));
  return wasm_i32x4_trunc_sat_f32x4(add(mul(clamped, splat4(255)), splat4(0.5f)));
}

// Writes the four pixels of a group, or the `count` that the image has.
static void finish_group(const Tile *tile, int column, int row, u32 pixel, u32 count) {
  const Group *group = &tile->groups[column][row];
  v128_t rgba = byte_of(group->red);
  rgba = wasm_v128_or(rgba, wasm_i32x4_shl(byte_of(group->green), 8));
  rgba = wasm_v128_or(rgba, wasm_i32x4_shl(byte_of(group->blue), 16));
  rgba = wasm_v128_or(rgba, wasm_i32x4_const_splat((i32)0xff000000));
  f32x4 alpha = sub(splat4(1), add(group->transmittance, tile->ended[column][row]));
  f32x4 metres = splat4(core.view.metres);
  f32x4 expected = mul(div4(group->depth, alpha), metres);
  expected = wasm_v128_and(expected, wasm_f32x4_gt(alpha, splat4(0)));
  f32x4 median = mul(tile->median[column][row], metres);
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
    store4(splats, tile->splat[column][row]);
    for (u32 i = 0; i < count; i++) {
      core.out_ids[pixel + i] = splats[i] ? core.object_ids[splats[i] - 1] : 0;
    }
  }
}

static void finish_tile(const Tile *tile, u32 x0, u32 y0) {
  u32 width = core.view.width, rows = u32_min(TILE_HEIGHT, core.view.height - y0);
  for (u32 row = 0; row < rows; row++) {
    for (u32 column = 0; column < COLUMNS; column++) {
      u32 x = x0 + 4 * column;
      if (x >= width) break;
      finish_group(tile, (int)column, (int)row, (y0 + row) * width + x, u32_min(4, width - x));
    }
  }
}

static int tile_live(const Tile *tile) {
  u32 live = 0;
  for (int column = 0; column < COLUMNS; column++) live |= tile->live[column];
  return live != 0;
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
    int live = 1;
    for (u32 i = first; i < end; i++) {
      blend(&local, &core.records[core.pairs[i]], (float)x0, (float)y0);
      if ((i & 15) == 15 && !(live = tile_live(&local))) break;
    }
    live = live && tile_live(&local);
    if (last || !live) {
      finish_tile(&local, x0, y0);
      core.tile_open[index] = 0;
      __atomic_fetch_sub(&core.tiles_open, 1, __ATOMIC_RELAXED);
    } else {
      __builtin_memcpy(&saved[index], &local, sizeof local);
      core.tile_started[index] = 1;
    }
  }
}
