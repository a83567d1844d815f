// What all parts of the core share: the packed scene, one view's working
// memory, and the few words by which workers meet.
//
// Every worker has its own instance of the module over one shared memory, so
// a static variable is one for all of them; each has its own stack. All
// workers call the same functions with their own number and meet at barriers.
//
// Units: file units for lengths, pixels for the image, log2 for opacities and
// exponents (alpha = 2^t).

#ifndef CORE_H
#define CORE_H

#include <stdint.h>
#include <wasm_simd128.h>

typedef uint32_t u32;
typedef int32_t i32;
typedef uint16_t u16;
typedef int16_t i16;
typedef uint8_t u8;

// Pixels; the column loop of raster.c wants 4 columns of 4 pixels side by side.
#define TILE_WIDTH 16
#define TILE_HEIGHT 16
#define TILE_GROUPS (TILE_WIDTH / 4 * TILE_HEIGHT)

// Splats that are culled together; Morton order keeps them close.
#define CHUNK 256
// Splats a worker copies from the caller's arrays at once.
#define STAGE 4096
// Most workers: bounds the histograms.
#define MAX_WORKERS 64
// Views that may wait; the caller keeps the others.
#define JOB_SLOTS 8
// Sorted splats that are projected, binned and blended in one go.
#define SLICE 65536
// Parts of a slice that workers take; each has its own counts a tile.
#define MAX_BLOCKS 64
// (tile, splat) pairs in one go: bounds memory when splats are huge.
#define MAX_PAIRS (32u << 20)
// Digit of the radix sort.
#define DIGIT_BITS 11

// log2(255): below 2^-LOG_255 a splat's alpha is not blended.
#define LOG_255 7.99435343685886f
// log2(e) / 2: from a squared Mahalanobis distance to an exponent of 2.
#define HALF_LOG_E 0.72134752044448f
// Variance that the low-pass filter adds, pixels^2.
#define LOW_PASS 0.3f

// What culling does not read, a splat; spherical harmonics lie apart.
typedef struct {
  i16 rotation[4];    // unit quaternion w, x, y, z times 32767
  float scale[3];     // standard deviations
  float log_opacity;  // log2
  float sh_unit;      // value of 1 in its spherical harmonics
  u32 index;          // in the file
} Geometry;

// Bounds of CHUNK consecutive splats.
typedef struct {
  float center[3], half[3];
  float reach;  // the largest
  u32 pad;
} Chunk;

// A rectangle of tiles; right and bottom are exclusive.
typedef struct {
  u16 left, top, right, bottom;
} Tiles;

// A projected splat, in depth order.
//   t(dx, dy) = peak - falloff dx^2 - (steep (dy - slope dx))^2
// is the exponent of its alpha at an offset from its centre.
typedef struct {
  float x, y;           // centre, pixels; pixel centres lie at .5
  float slope, steep;
  float falloff, peak;
  float decay;          // 2^(-2 steep^2)
  float top;            // dx at which the ellipse alpha = 1/255 is highest in y
  float color[3];
  float depth;          // file units
  Tiles rectangle;
  // Tiles of a rectangle of at most 8 x 8 that the ellipse touches, a byte a
  // row; without those that were closed when it was made.
  uint64_t tiles;
} Record;

// One view, as written by the caller: jobOf() of core.ts, which mirrors it.
typedef struct {
  double rotation[9];
  double position[3];
  double fx, fy, cx, cy;
  double clamp[4];  // of x/z and y/z in the Jacobian: left, right, top, bottom; away from the centre
  double near;
  double metres;
  double width, height;
  double orthographic;
  double with_ids;
} Job;

// The same in single precision.
typedef struct {
  float rotation[9];
  float position[3], position_rest[3];  // rest: what single precision lost
  float fx, fy, cx, cy, clamp[4], near, metres;
  u32 width, height, orthographic, with_ids;
  u32 tiles_across, tiles_down, tiles;
} View;

typedef struct {
  // Scene, in Morton order; counts are multiples of CHUNK, the rest never drawn.
  u32 count, padded, degree, sh_stride, antialiased, has_ids;
  float *x, *y, *z;
  float *reach;  // max scale times the ellipse's radius in deviations; < 0: never drawn
  Geometry *geometry;
  i16 *sh;
  u16 *object_ids;
  Chunk *chunks;
  u32 chunk_count;
  u8 *stage[MAX_WORKERS];
  float box_min[3], box_scale[3];
  u32 *slot_of;  // index in the file -> place in Morton order

  // Working memory of a view.
  u32 *survivor_splats;  // survivor -> splat
  u32 *keys[2], *values[2];  // depth as an integer, survivor
  u32 *order_of;             // survivor -> place in depth order
  u32 *histograms;
  u32 *record_splats;
  Record *records;
  u32 *block_counts;  // [block][tile], then first free place
  u32 *tile_first;    // [tile + 1]
  u32 *pairs;
  u8 *tile_open;      // 1 while a pixel of the tile may still change
  u8 *tile_started;
  void *tile_states;
  u8 *out_color;
  float *out_depth, *out_expected, *out_alpha;
  u16 *out_ids;
  u32 arena, arena_end;

  View view;
  u32 blocks, slice_first, slice_count, batch_first, batch_count;

  // Words shared by atomics only.
  u32 workers;
  u32 arrived, generation;
  u32 round, shutdown;
  u32 next_task[4];
  u32 survivors, key_max, tiles_open;
  u32 pair_total;
  u32 queue_head, queue_tail;
  u32 aborted[JOB_SLOTS];
  u32 slot;
  Job jobs[JOB_SLOTS];
} Core;

extern Core core;

// sync.c
void barrier(void);
void atomic_max(u32 *word, u32 value);
u32 take(u32 *counter);
int aborted(void);
void *claim(u32 *top, uint64_t bytes);

// sort.c
u32 sort_pairs(u32 worker, u32 count, u32 bits);

// The passes of a view, in order.
void cull(u32 worker);
void order_ties(u32 worker, u32 buffer, u32 count);
void rank(u32 worker, u32 buffer, u32 count);
void project(void);
void bin_count(void);
void bin_offsets(void);
void bin_fill(void);
void raster(u32 worker, int last);
u32 tile_state_bytes(void);

// The ellipse of a record seen along y: its half width at each height.
typedef struct {
  float x, y;  // centre, pixels
  float slope, falloff, inverse_steep, energy;
  float widest;  // dy at which the ellipse reaches farthest in x
} Profile;

// bin.c: the open tiles of an ellipse, as in Record; 0 if there is none. A
// larger rectangle gives 1.
uint64_t find_tiles(Tiles rectangle, const Profile *profile);

static inline float f32_min(float a, float b) { return a < b ? a : b; }
static inline float f32_max(float a, float b) { return a > b ? a : b; }
static inline u32 u32_min(u32 a, u32 b) { return a < b ? a : b; }
static inline u32 u32_max(u32 a, u32 b) { return a > b ? a : b; }

#endif
