// render: one view, pass by pass. All workers call it together, and meet
// once more when they have read what it made, before the next one.
//
// In:  the job in core.slot. Out: the five pictures; the status, to all the same.
//
// The sorted splats go through the later passes in slices, front to back: what
// lies behind tiles that are already opaque is neither projected nor binned.

#include "core.h"

// Smallest slice: below it the barriers cost more than is saved.
#define FIRST_SLICE 16384

enum { DONE = 0, ABORTED = 1, OUT_OF_MEMORY = 2 };
static u32 status, more, last_batch;

static void read_job(void) {
  const Job *job = &core.jobs[core.slot];
  View *view = &core.view;
  for (int i = 0; i < 9; i++) view->rotation[i] = (float)job->rotation[i];
  for (int i = 0; i < 3; i++) {
    view->position[i] = (float)job->position[i];
    view->position_rest[i] = (float)(job->position[i] - (double)view->position[i]);
  }
  view->fx = (float)job->fx;
  view->fy = (float)job->fy;
  view->cx = (float)job->cx;
  view->cy = (float)job->cy;
  for (int i = 0; i < 4; i++) view->clamp[i] = (float)job->clamp[i];
  view->near = (float)job->near;
  view->metres = (float)job->metres;
  view->width = (u32)job->width;
  view->height = (u32)job->height;
  view->orthographic = job->orthographic != 0;
  view->with_ids = job->with_ids != 0 && core.has_ids;
  view->tiles_across = (view->width + TILE_WIDTH - 1) / TILE_WIDTH;
  view->tiles_down = (view->height + TILE_HEIGHT - 1) / TILE_HEIGHT;
  view->tiles = view->tiles_across * view->tiles_down;
}

static u32 block_count(u32 splats) {
  return u32_max(1, u32_min(MAX_BLOCKS, u32_min(4 * core.workers, splats / 256)));
}

// Lays the view's buffers behind the scene. Never shrinks; reuses the pages.
static int arrange(void) {
  View *view = &core.view;
  u32 top = core.arena;
  uint64_t n = core.padded, tiles = view->tiles;
  uint64_t pixels = (uint64_t)view->width * view->height;
  u32 slice = u32_min(SLICE, core.padded);
  int ok = 1;
#define CLAIM(field, bytes) ok = ok && (core.field = claim(&top, (uint64_t)(bytes))) != 0
  CLAIM(survivor_splats, 4 * n);
  CLAIM(keys[0], 4 * n);
  CLAIM(keys[1], 4 * n);
  CLAIM(values[0], 4 * n);
  CLAIM(values[1], 4 * n);
  CLAIM(histograms, core.workers * (4u << DIGIT_BITS));
  CLAIM(records, slice * sizeof(Record));
  CLAIM(record_splats, slice * 4);
  CLAIM(block_counts, block_count(slice) * tiles * 4);
  CLAIM(tile_first, (tiles + 1) * 4);
  CLAIM(tile_open, tiles);
  CLAIM(tile_started, tiles);
  CLAIM(out_color, 4 * pixels);
  CLAIM(out_depth, 4 * pixels);
  CLAIM(out_expected, 4 * pixels);
  CLAIM(out_alpha, 4 * pixels);
  CLAIM(out_ids, view->with_ids ? 2 * pixels : 0);
  CLAIM(tile_states, tiles * tile_state_bytes());
#undef CLAIM
  core.arena_end = top;
  if (!ok) return 0;
  __builtin_memset(core.tile_open, 1, tiles);
  __builtin_memset(core.tile_started, 0, tiles);
  return 1;
}

static void prepare(void) {
  read_job();
  status = arrange() ? DONE : OUT_OF_MEMORY;
  core.tiles_open = core.view.tiles;
  core.survivors = 0;
  core.key_max = 0;
  for (int i = 0; i < 4; i++) core.next_task[i] = 0;
}

// Chooses the next slice; returns whether there is one.
static int next_slice(void) {
  u32 first = core.slice_first + core.slice_count;
  if (core.slice_count == 0) first = 0;
  u32 left = core.survivors - first;
  core.slice_first = first;
  u32 size = first == 0 ? FIRST_SLICE : u32_min(SLICE, 2 * core.slice_count);
  core.slice_count = left < size + size / 2 ? u32_min(left, SLICE) : size;
  core.blocks = block_count(core.slice_count);
  for (int i = 1; i < 4; i++) core.next_task[i] = 0;
  return left > 0 && core.tiles_open > 0 && !aborted();
}

// The part of the slice from `first` whose pairs fit; by rectangles, not exact.
static u32 batch_from(u32 first) {
  u32 pairs = 0;
  for (u32 i = first; i < core.slice_count; i++) {
    const Record *record = &core.records[i];
    Tiles tiles = record->rectangle;
    pairs += (u32)(tiles.right - tiles.left) * (u32)(tiles.bottom - tiles.top);
    if (pairs > MAX_PAIRS && i > first) return i - first;
  }
  return core.slice_count - first;
}

static void reserve_pairs(void) {
  u32 top = core.arena_end;
  core.pairs = claim(&top, 4ull * core.pair_total);
  if (core.pairs == 0) status = OUT_OF_MEMORY;
}

static void begin_batch(u32 first, u32 total) {
  // Given up: what other workers left may be unwritten.
  if (aborted()) status = ABORTED;
  if (status != DONE) return;
  core.batch_first = first;
  core.batch_count = batch_from(first);
  last_batch = core.slice_first + total == core.survivors && first + core.batch_count == total;
  for (int i = 0; i < 4; i++) core.next_task[i] = 0;
}

// One slice, from sorted splats to pixels.
static void render_slice(u32 worker) {
  // A copy: worker 0 may choose the next slice while others still compare.
  u32 total = core.slice_count;
  project();
  barrier();
  u32 first = 0;
  do {
    if (worker == 0) begin_batch(first, total);
    barrier();
    if (status != DONE) return;
    u32 count = core.batch_count;
    bin_count();
    barrier();
    if (worker == 0) {
      if (aborted()) {
        status = ABORTED;
      } else {
        bin_offsets();
        reserve_pairs();
      }
    }
    barrier();
    if (status != DONE) return;
    bin_fill();
    barrier();
    raster(worker, (int)last_batch);
    barrier();
    first += count;
  } while (first < total);
}

__attribute__((export_name("render")))
int render(u32 worker) {
  if (worker == 0) prepare();
  barrier();
  if (status != DONE) return (int)status;
  cull(worker);
  barrier();
  u32 bits = core.key_max == 0 ? 0 : 32 - (u32)__builtin_clz(core.key_max);
  u32 buffer = sort_pairs(worker, core.survivors, bits);
  order_ties(worker, buffer, core.survivors);
  barrier();
  rank(worker, buffer, core.survivors);
  if (worker == 0) {
    core.slice_count = 0;
    more = (u32)next_slice();
  }
  barrier();
  while (more) {
    render_slice(worker);
    if (status != DONE) return (int)status;
    if (worker == 0) more = (u32)next_slice();
    barrier();
  }
  if (core.survivors == 0) {
    // Tiles that no last batch finished: there was nothing to see.
    if (worker == 0) __builtin_memset(core.tile_first, 0, (core.view.tiles + 1) * 4);
    barrier();
    raster(worker, 1);
    barrier();
  }
  // By one worker, as the caller may give up at any moment.
  if (worker == 0 && aborted()) status = ABORTED;
  barrier();
  return (int)status;
}

__attribute__((export_name("output_address")))
void *output_address(u32 which) {
  void *all[5] = {core.out_color, core.out_depth, core.out_expected, core.out_alpha, core.out_ids};
  return all[which];
}

__attribute__((export_name("view_slot")))
u32 view_slot(void) { return core.slot; }

__attribute__((export_name("view_pixels")))
u32 view_pixels(void) { return core.view.width * core.view.height; }

__attribute__((export_name("view_has_ids")))
u32 view_has_ids(void) { return core.view.with_ids; }
