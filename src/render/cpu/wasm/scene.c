// scene: the caller's arrays -> the packed scene, in Morton order.
//
// In:  blocks of at most STAGE splats, copied by the caller behind
//      stage_address(worker), one array after the other (see pack_share.ts).
// Out: the scene part of core. Splats that can never be seen (opacity below
//      1/255, a value that is not finite, a rotation of length zero) get a
//      negative reach. All workers call morton_sort and bound_chunks together;
//      the blocks are anybody's, each in one call.

#include "core.h"
#include "simd.h"

// Splats whose positions give the box in which Morton codes are made.
#define SAMPLE 2048
// Bits an axis.
#define MORTON_BITS 10

static const u32 REST[4] = {0, 3, 8, 15};

__attribute__((export_name("scene_create")))
int scene_create(u32 count, u32 degree, u32 antialiased, u32 has_ids, u32 workers) {
  u32 padded = (count + CHUNK - 1) / CHUNK * CHUNK;
  core.count = count;
  core.padded = padded;
  core.degree = degree;
  core.sh_stride = degree == 0 ? 4 : degree == 1 ? 24 : 48;
  core.antialiased = antialiased;
  core.has_ids = has_ids;
  core.workers = workers;
  core.chunk_count = padded / CHUNK;
  extern u8 __heap_base;
  u32 top = (u32)(__UINTPTR_TYPE__)&__heap_base;
  int ok = 1;
#define CLAIM(field, bytes) ok = ok && (core.field = claim(&top, (uint64_t)(bytes))) != 0
  CLAIM(x, 4ull * padded);
  CLAIM(y, 4ull * padded);
  CLAIM(z, 4ull * padded);
  CLAIM(reach, 4ull * padded);
  CLAIM(geometry, sizeof(Geometry) * (uint64_t)padded);
  CLAIM(sh, 2ull * core.sh_stride * padded);
  if (has_ids) CLAIM(object_ids, 2ull * padded);
  CLAIM(chunks, sizeof(Chunk) * (uint64_t)core.chunk_count);
  core.arena = top;
  // Only while packing: a view's buffers take this place later.
  CLAIM(keys[0], 4ull * padded);
  CLAIM(keys[1], 4ull * padded);
  CLAIM(values[0], 4ull * padded);
  CLAIM(values[1], 4ull * padded);
  CLAIM(slot_of, 4ull * padded);
  CLAIM(histograms, workers * (4ull << DIGIT_BITS));
  u32 stage = STAGE * (4 * 14 + 6 * REST[degree] + 2) + 64;
  for (u32 worker = 0; worker < workers; worker++) CLAIM(stage[worker], stage);
#undef CLAIM
  if (!ok) return 0;
  for (u32 i = count; i < padded; i++) core.reach[i] = -1;
  return 1;
}

// Bytes that scene_create claims for each splat of this kind of scene.
__attribute__((export_name("splat_bytes")))
u32 splat_bytes(void) {
  u32 resident = 4 * 4 + sizeof(Geometry) + 2 * core.sh_stride + (core.has_ids ? 2 : 0);
  return resident + 4 * 5;
}

__attribute__((export_name("stage_address")))
u8 *stage_address(u32 worker) { return core.stage[worker]; }

static int finite(float value) { return value - value == 0; }

// The box of the middle 96 % of the sample on each axis, a little larger.
__attribute__((export_name("morton_box")))
void morton_box(u32 worker, u32 count) {
  float values[SAMPLE];
  const float *positions = (const float *)core.stage[worker];
  for (int axis = 0; axis < 3; axis++) {
    u32 n = 0;
    for (u32 i = 0; i < count && i < SAMPLE; i++) {
      if (finite(positions[3 * i + axis])) values[n++] = positions[3 * i + axis];
    }
    for (u32 gap = n / 2; gap > 0; gap /= 2) {
      for (u32 i = gap; i < n; i++) {
        float value = values[i];
        u32 j = i;
        for (; j >= gap && values[j - gap] > value; j -= gap) values[j] = values[j - gap];
        values[j] = value;
      }
    }
    float low = n ? values[n / 50] : 0, high = n ? values[n - 1 - n / 50] : 1;
    float margin = 0.1f * (high - low) + 1e-6f;
    core.box_min[axis] = low - margin;
    core.box_scale[axis] = (float)(1 << MORTON_BITS) / (high - low + 2 * margin);
  }
}

// Spreads ten bits: one in three.
static u32 spread(u32 v) {
  v = (v | v << 16) & 0x030000ff;
  v = (v | v << 8) & 0x0300f00f;
  v = (v | v << 4) & 0x030c30c3;
  v = (v | v << 2) & 0x09249249;
  return v;
}

__attribute__((export_name("morton_block")))
void morton_block(u32 worker, u32 first, u32 count) {
  const float *positions = (const float *)core.stage[worker];
  for (u32 i = 0; i < count; i++) {
    u32 code = 0;
    for (int axis = 0; axis < 3; axis++) {
      float cell = (positions[3 * i + axis] - core.box_min[axis]) * core.box_scale[axis];
      float most = (float)((1 << MORTON_BITS) - 1);
      u32 at = cell > 0 ? (u32)f32_min(cell, most) : 0;
      code |= spread(at) << axis;
    }
    core.keys[0][first + i] = code;
    core.values[0][first + i] = first + i;
  }
}

__attribute__((export_name("morton_sort")))
void morton_sort(u32 worker) {
  u32 buffer = sort_pairs(worker, core.count, 3 * MORTON_BITS);
  const u32 *order = core.values[buffer];
  u32 first = (u32)((uint64_t)core.count * worker / core.workers);
  u32 last = (u32)((uint64_t)core.count * (worker + 1) / core.workers);
  for (u32 i = first; i < last; i++) core.slot_of[order[i]] = i;
  barrier();
}

static float log2_of(float value) {
  union { float f; u32 u; } bits = {value};
  i32 exponent = (i32)(bits.u >> 23) - 127;
  bits.u = (bits.u & 0x7fffff) | 0x3f800000;
  if (bits.f > 1.41421356f) {
    bits.f *= 0.5f;
    exponent++;
  }
  float t = (bits.f - 1) / (bits.f + 1), t2 = t * t;
  float series = 1 + t2 * (1.0f / 3 + t2 * (1.0f / 5 + t2 * (1.0f / 7 + t2 * (1.0f / 9))));
  return (float)exponent + 2.8853900817779268f * t * series;
}

static float half_to_float(u16 half) {
  union { u32 u; float f; } bits = {(u32)(half & 0x7fff) << 13};
  bits.f *= 5.192296858534828e33f;  // 2^112: also right for subnormal halves
  if ((half & 0x7c00) == 0x7c00) bits.u |= 0x7f800000;
  bits.u |= (u32)(half & 0x8000) << 16;
  return bits.f;
}

static i16 fixed(float value) {
  return (i16)(value + (value < 0 ? -0.5f : 0.5f));
}

// Coefficients of one splat as 16-bit numbers of a common unit; 0 if not finite.
static int pack_harmonics(u32 to, const float *color, const u16 *rest) {
  u32 count = REST[core.degree], stride = core.sh_stride;
  float values[3 * 16];
  float largest = 1e-20f;
  int ok = 1;
  for (u32 i = 0; i < 3; i++) values[i] = color[i];
  for (u32 i = 0; i < 3 * count; i++) values[3 + i] = half_to_float(rest[i]);
  for (u32 i = 0; i < 3 * (count + 1); i++) {
    ok &= finite(values[i]);
    largest = f32_max(largest, __builtin_fabsf(values[i]));
  }
  if (!ok) return 0;
  float unit = largest / 32767.0f, inverse = 32767.0f / largest;
  core.geometry[to].sh_unit = unit;
  i16 *out = core.sh + (__SIZE_TYPE__)to * stride;
  if (core.degree == 0) {
    for (u32 c = 0; c < 3; c++) out[c] = fixed(values[c] * inverse);
    out[3] = 0;
    return 1;
  }
  u32 each = stride / 3;
  for (u32 c = 0; c < 3; c++) {
    u32 k = 0;
    for (; k <= count; k++) out[c * each + k] = fixed(values[3 * k + c] * inverse);
    for (; k < each; k++) out[c * each + k] = 0;
  }
  return 1;
}

__attribute__((export_name("pack_block")))
void pack_block(u32 worker, u32 first, u32 count) {
  const float *positions = (const float *)core.stage[worker];
  const float *scales = positions + 3 * STAGE;
  const float *rotations = scales + 3 * STAGE;
  const float *opacities = rotations + 4 * STAGE;
  const float *colors = opacities + STAGE;
  const u16 *sh = (const u16 *)(colors + 3 * STAGE);
  u32 rest = 3 * REST[core.degree];
  const u16 *ids = sh + rest * STAGE;
  for (u32 i = 0; i < count; i++) {
    u32 to = core.slot_of[first + i];
    const float *p = positions + 3 * i, *s = scales + 3 * i, *q = rotations + 4 * i;
    float opacity = opacities[i];
    float norm = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
    float largest = f32_max(s[0], f32_max(s[1], s[2]));
    Geometry *geometry = &core.geometry[to];
    int ok = opacity >= 1.0f / 255.0f && finite(opacity) && norm > 1e-30f && finite(norm);
    ok = ok && finite(p[0]) && finite(p[1]) && finite(p[2]);
    ok = ok && finite(s[0]) && finite(s[1]) && finite(s[2]);
    ok = ok && pack_harmonics(to, colors + 3 * i, sh + rest * i);
    core.x[to] = ok ? p[0] : 0;
    core.y[to] = ok ? p[1] : 0;
    core.z[to] = ok ? p[2] : 0;
    geometry->index = first + i;
    if (core.has_ids) core.object_ids[to] = ids[i];
    if (!ok) {
      core.reach[to] = -1;
      continue;
    }
    float factor = 32767.0f / __builtin_sqrtf(norm);
    for (int k = 0; k < 4; k++) geometry->rotation[k] = fixed(q[k] * factor);
    for (int k = 0; k < 3; k++) geometry->scale[k] = s[k];
    geometry->log_opacity = log2_of(opacity);
    float energy = f32_max(0, geometry->log_opacity + LOG_255);
    core.reach[to] = largest * __builtin_sqrtf(energy / HALF_LOG_E);
  }
}

__attribute__((export_name("bound_chunks")))
void bound_chunks(u32 worker) {
  barrier();
  u32 first = (u32)((uint64_t)core.chunk_count * worker / core.workers);
  u32 last = (u32)((uint64_t)core.chunk_count * (worker + 1) / core.workers);
  const float *axes[3] = {core.x, core.y, core.z};
  for (u32 c = first; c < last; c++) {
    Chunk *chunk = &core.chunks[c];
    float low[3] = {1e38f, 1e38f, 1e38f}, high[3] = {-1e38f, -1e38f, -1e38f};
    chunk->reach = -1;
    for (u32 i = c * CHUNK; i < (c + 1) * CHUNK; i++) {
      if (!(core.reach[i] >= 0)) continue;
      chunk->reach = f32_max(chunk->reach, core.reach[i]);
      for (int axis = 0; axis < 3; axis++) {
        low[axis] = f32_min(low[axis], axes[axis][i]);
        high[axis] = f32_max(high[axis], axes[axis][i]);
      }
    }
    for (int axis = 0; axis < 3; axis++) {
      chunk->center[axis] = 0.5f * low[axis] + 0.5f * high[axis];
      // Rounding must not shrink the box.
      chunk->half[axis] = 0.500001f * (high[axis] - low[axis]) + 1e-6f * __builtin_fabsf(chunk->center[axis]);
    }
  }
  barrier();
}
