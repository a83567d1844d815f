// cull: the splats that a camera may see.
//
// In:  core.view; positions and reaches, chunk bounds.
// Out: survivor_splats in any order, though nearly that of memory; keys[0] = z as
//      bits less those of near, values[0] = survivor; core.survivors, core.key_max.
//      Chunks are taken by atomics.
//
// A splat's centre must lie at or beyond near, exactly. The four sides are
// planes that no pixel of its ellipse can reach from outside: with J the
// clamped Jacobian, its half width in pixels is at most
//   reach |J row| + sqrt(2 ln(255) 0.3) <= reach fx/z sqrt(1 + clamp^2) + 1.83
// and all of it times z is linear.

#include "core.h"
#include "simd.h"

// Pixels around the image that the low-pass filter can reach, with slack.
#define MARGIN 1.9f
// Chunks taken at once.
#define TAKE 8

typedef struct {
  float normal[3], offset, reach;
} Plane;

static void side(Plane *plane, int axis, float sign, float margin, float reach) {
  const View *view = &core.view;
  float focal = axis == 0 ? view->fx : view->fy;
  const float *row = view->rotation + 3 * axis, *forward = view->rotation + 6;
  float along = view->orthographic ? 0 : margin;
  for (int i = 0; i < 3; i++) {
    plane->normal[i] = sign * focal * row[i] + along * forward[i];
  }
  plane->offset = view->orthographic ? margin : 0;
  plane->reach = reach;
}

static void sides(Plane planes[4]) {
  const View *view = &core.view;
  float x = f32_max(view->clamp[0], view->clamp[1]);
  float y = f32_max(view->clamp[2], view->clamp[3]);
  if (view->orthographic) x = y = 0;
  float reach_x = view->fx * __builtin_sqrtf(1 + x * x);
  float reach_y = view->fy * __builtin_sqrtf(1 + y * y);
  side(&planes[0], 0, 1, view->cx + MARGIN, reach_x);
  side(&planes[1], 0, -1, (float)view->width - view->cx + MARGIN, reach_x);
  side(&planes[2], 1, 1, view->cy + MARGIN, reach_y);
  side(&planes[3], 1, -1, (float)view->height - view->cy + MARGIN, reach_y);
}

static int chunk_outside(const Chunk *chunk, const Plane planes[4]) {
  const View *view = &core.view;
  if (!(chunk->reach >= 0)) return 1;
  float d[3], z = 0, half = 0;
  for (int i = 0; i < 3; i++) {
    d[i] = chunk->center[i] - view->position[i];
    z += d[i] * view->rotation[6 + i];
    half += __builtin_fabsf(view->rotation[6 + i]) * chunk->half[i];
  }
  // Slack for rounding: the test of each splat is the exact one.
  if (z + half * 1.00001f + 1e-5f * __builtin_fabsf(z) < view->near) return 1;
  for (int p = 0; p < 4; p++) {
    const Plane *plane = &planes[p];
    float distance = plane->offset + plane->reach * chunk->reach;
    for (int i = 0; i < 3; i++) {
      distance += plane->normal[i] * d[i];
      distance += __builtin_fabsf(plane->normal[i]) * chunk->half[i];
    }
    if (distance < 0) return 1;
  }
  return 0;
}

// Appends what survives of a chunk.
static u32 cull_chunk(u32 chunk, const Plane planes[4], u32 *keys, u32 *values,
                      u32 *key_max) {
  const View *view = &core.view;
  u32 count = 0, highest = *key_max;
  f32x4 origin[3], rest[3], forward[3];
  for (int i = 0; i < 3; i++) {
    origin[i] = splat4(view->position[i]);
    rest[i] = splat4(view->position_rest[i]);
    forward[i] = splat4(view->rotation[6 + i]);
  }
  f32x4 near = splat4(view->near), zero = splat4(0);
  i32 near_bits;
  __builtin_memcpy(&near_bits, &view->near, 4);
  v128_t bias = wasm_i32x4_splat(near_bits);
  for (u32 i = chunk * CHUNK; i < (chunk + 1) * CHUNK; i += 4) {
    f32x4 x = sub(sub(load4(core.x + i), origin[0]), rest[0]);
    f32x4 y = sub(sub(load4(core.y + i), origin[1]), rest[1]);
    f32x4 z = sub(sub(load4(core.z + i), origin[2]), rest[2]);
    f32x4 reach = load4(core.reach + i);
    f32x4 depth = fma4(z, forward[2], fma4(y, forward[1], mul(x, forward[0])));
    v128_t keep = wasm_v128_and(wasm_f32x4_ge(depth, near), wasm_f32x4_ge(reach, zero));
    for (int p = 0; p < 4; p++) {
      const Plane *plane = &planes[p];
      f32x4 distance = fma4(reach, splat4(plane->reach), splat4(plane->offset));
      distance = fma4(x, splat4(plane->normal[0]), distance);
      distance = fma4(y, splat4(plane->normal[1]), distance);
      distance = fma4(z, splat4(plane->normal[2]), distance);
      keep = wasm_v128_and(keep, wasm_f32x4_ge(distance, zero));
    }
    u32 mask = wasm_i32x4_bitmask(keep);
    if (mask == 0) continue;
    u32 key[4];
    store4(key, wasm_i32x4_sub(depth, bias));
    for (; mask != 0; mask &= mask - 1) {
      u32 lane = (u32)__builtin_ctz(mask);
      keys[count] = key[lane];
      values[count++] = i + lane;
      highest = u32_max(highest, key[lane]);
    }
  }
  *key_max = highest;
  return count;
}

void cull(u32 worker) {
  (void)worker;
  Plane planes[4];
  sides(planes);
  u32 keys[TAKE * CHUNK], values[TAKE * CHUNK];
  u32 key_max = 0;
  for (;;) {
    u32 first = take(&core.next_task[0]) * TAKE;
    if (first >= core.chunk_count || aborted()) break;
    u32 last = u32_min(first + TAKE, core.chunk_count);
    u32 count = 0;
    for (u32 chunk = first; chunk < last; chunk++) {
      if (chunk_outside(&core.chunks[chunk], planes)) continue;
      count += cull_chunk(chunk, planes, keys + count, values + count, &key_max);
    }
    if (count == 0) continue;
    u32 to = __atomic_fetch_add(&core.survivors, count, __ATOMIC_RELAXED);
    __builtin_memcpy(core.keys[0] + to, keys, count * sizeof(u32));
    __builtin_memcpy(core.survivor_splats + to, values, count * sizeof(u32));
    for (u32 i = 0; i < count; i++) core.values[0][to + i] = to + i;
  }
  atomic_max(&core.key_max, key_max);
}
