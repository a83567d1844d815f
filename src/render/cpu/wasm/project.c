// project: the splats of a slice -> records in depth order.
//
// In:  survivors whose place in depth order lies in the slice; core.view;
//      tile_open[t], 0 where no pixel can change any more.
// Out: core.records[place - slice_first], written by whoever took the survivor,
//      with an empty rectangle of tiles if nothing of it can be seen.
//
// Survivors are visited in the order of memory, not of depth: a splat's data
// are seven cache lines, its record is one.
//
// The EWA splatting of Zwicker et al. 2001 as in Kerbl et al. 2023. With
// M = J W R S the covariance is M M^T + 0.3 I, and its determinant
// |m1 x m2|^2 + 0.3 (|m1|^2 + |m2|^2) + 0.09 is a sum of positive numbers: the
// textbook a c - b^2 loses all digits on long thin splats.

#include "core.h"
#include "simd.h"

// Fixed point of the basis functions (all below 0.75): a sum of four products
// of two 16-bit numbers must stay below 2^31.
#define BASIS_UNIT 16384.0f

typedef struct {
  f32x4 x, y, z;
} Vector;

static f32x4 dot3(Vector a, Vector b) {
  return fma4(a.z, b.z, fma4(a.y, b.y, mul(a.x, b.x)));
}

static v128_t pair(f32x4 low, f32x4 high) {
  v128_t a = wasm_i32x4_relaxed_trunc_f32x4(wasm_f32x4_nearest(low));
  v128_t b = wasm_i32x4_relaxed_trunc_f32x4(wasm_f32x4_nearest(high));
  return wasm_v128_or(wasm_v128_and(a, wasm_i32x4_const_splat(0xffff)),
                      wasm_i32x4_shl(b, 16));
}

// Basis functions of four directions, times BASIS_UNIT, 16 bits each: two
// vectors of eight a direction; the signs are those of INRIA's auxiliary.h.
static void basis(Vector d, v128_t out[4][2]) {
  f32x4 x = d.x, y = d.y, z = d.z;
  f32x4 xx = mul(x, x), yy = mul(y, y), zz = mul(z, z);
#define K(value) splat4((value) * BASIS_UNIT)
  f32x4 b0 = K(0.28209479177387814f);
  f32x4 b1 = mul(K(-0.4886025119029199f), y);
  f32x4 b2 = mul(K(0.4886025119029199f), z);
  f32x4 b3 = mul(K(-0.4886025119029199f), x);
  f32x4 b4 = mul(K(1.0925484305920792f), mul(x, y));
  f32x4 b5 = mul(K(-1.0925484305920792f), mul(y, z));
  f32x4 b6 = mul(K(0.31539156525252005f), sub(add(zz, zz), add(xx, yy)));
  f32x4 b7 = mul(K(-1.0925484305920792f), mul(x, z));
  f32x4 b8 = mul(K(0.5462742152960396f), sub(xx, yy));
  f32x4 three = splat4(3), four = splat4(4);
  f32x4 round = sub(mul(four, zz), add(xx, yy));
  f32x4 b9 = mul(K(-0.5900435899266435f), mul(y, sub(mul(three, xx), yy)));
  f32x4 b10 = mul(K(2.890611442640554f), mul(mul(x, y), z));
  f32x4 b11 = mul(K(-0.4570457994644658f), mul(y, round));
  f32x4 b12 = mul(K(0.3731763325901154f),
                  mul(z, sub(add(zz, zz), mul(three, add(xx, yy)))));
  f32x4 b13 = mul(K(-0.4570457994644658f), mul(x, round));
  f32x4 b14 = mul(K(1.445305721320277f), mul(z, sub(xx, yy)));
  f32x4 b15 = mul(K(-0.5900435899266435f), mul(x, sub(xx, mul(three, yy))));
#undef K
  v128_t low[4] = {pair(b0, b1), pair(b2, b3), pair(b4, b5), pair(b6, b7)};
  v128_t high[4] = {pair(b8, b9), pair(b10, b11), pair(b12, b13), pair(b14, b15)};
  transpose4(&low[0], &low[1], &low[2], &low[3]);
  transpose4(&high[0], &high[1], &high[2], &high[3]);
  for (int i = 0; i < 4; i++) {
    out[i][0] = low[i];
    out[i][1] = high[i];
  }
}

// Sum over the four lanes of each: lane i of the result is that of v[i].
static v128_t sums(v128_t v[4]) {
  transpose4(&v[0], &v[1], &v[2], &v[3]);
  return wasm_i32x4_add(wasm_i32x4_add(v[0], v[1]), wasm_i32x4_add(v[2], v[3]));
}

// Colours of four splats seen along `direction`, >= 0.
static Vector colors(const u32 splats[4], Vector direction, f32x4 unit) {
  v128_t channel[3][4];
  u32 stride = core.sh_stride;
  if (core.degree == 0) {
    for (int i = 0; i < 4; i++) {
      v128_t dc = wasm_i32x4_load16x4(core.sh + splats[i] * stride);
      channel[0][i] = dc;
    }
    transpose4(&channel[0][0], &channel[0][1], &channel[0][2], &channel[0][3]);
    f32x4 factor = mul(unit, splat4(0.28209479177387814f));
    Vector color;
    f32x4 *out[3] = {&color.x, &color.y, &color.z};
    for (int c = 0; c < 3; c++) {
      f32x4 value = fma4(wasm_f32x4_convert_i32x4(channel[0][c]), factor, splat4(0.5f));
      *out[c] = max4(splat4(0), value);
    }
    return color;
  }
  v128_t functions[4][2];
  basis(direction, functions);
  for (int i = 0; i < 4; i++) {
    const i16 *sh = core.sh + splats[i] * stride;
    if (core.degree == 1) {
      for (int c = 0; c < 3; c++) {
        channel[c][i] = wasm_i32x4_dot_i16x8(load4(sh + 8 * c), functions[i][0]);
      }
    } else {
      for (int c = 0; c < 3; c++) {
        channel[c][i] = wasm_i32x4_add(
            wasm_i32x4_dot_i16x8(load4(sh + 16 * c), functions[i][0]),
            wasm_i32x4_dot_i16x8(load4(sh + 16 * c + 8), functions[i][1]));
      }
    }
  }
  Vector color;
  f32x4 *out[3] = {&color.x, &color.y, &color.z};
  f32x4 factor = mul(unit, splat4(1.0f / BASIS_UNIT));
  for (int c = 0; c < 3; c++) {
    f32x4 value = fma4(wasm_f32x4_convert_i32x4(sums(channel[c])), factor, splat4(0.5f));
    *out[c] = max4(splat4(0), value);
  }
  return color;
}

// Rows of W R S of four splats.
static void axes(Vector rows[3], const Vector column[3]) {
  // column[k] = axis k of the splat in file axes, times its scale.
  const float *r = core.view.rotation;
  for (int i = 0; i < 3; i++) {
    Vector row = {splat4(r[3 * i]), splat4(r[3 * i + 1]), splat4(r[3 * i + 2])};
    rows[i] = (Vector){dot3(row, column[0]), dot3(row, column[1]), dot3(row, column[2])};
  }
}

// Axes of the splats, scaled, from quaternions (times 32767) and scales.
static void scaled_axes(f32x4 w, f32x4 x, f32x4 y, f32x4 z, const f32x4 scale[3],
                        Vector column[3]) {
  f32x4 one = splat4(1), two = splat4(2);
  // Rounding to 16 bits left the quaternion a little off unit length.
  f32x4 norm = fma4(w, w, fma4(x, x, fma4(y, y, mul(z, z))));
  two = div4(two, norm);
  f32x4 xx = mul(mul(x, x), two), yy = mul(mul(y, y), two), zz = mul(mul(z, z), two);
  f32x4 xy = mul(mul(x, y), two), xz = mul(mul(x, z), two), yz = mul(mul(y, z), two);
  f32x4 wx = mul(mul(w, x), two), wy = mul(mul(w, y), two), wz = mul(mul(w, z), two);
  column[0] = (Vector){sub(one, add(yy, zz)), add(xy, wz), sub(xz, wy)};
  column[1] = (Vector){sub(xy, wz), sub(one, add(xx, zz)), add(yz, wx)};
  column[2] = (Vector){add(xz, wy), sub(yz, wx), sub(one, add(xx, yy))};
  for (int k = 0; k < 3; k++) {
    column[k].x = mul(column[k].x, scale[k]);
    column[k].y = mul(column[k].y, scale[k]);
    column[k].z = mul(column[k].z, scale[k]);
  }
}

// Projects four splats into four records, of which the last ones may be the same.
static void project4(const u32 splats[4], Record *records[4]) {
  const View *view = &core.view;
  f32x4 zero = splat4(0), one = splat4(1);
  const Geometry *g[4];
  for (int i = 0; i < 4; i++) g[i] = &core.geometry[splats[i]];
#define GATHER(array) \
  wasm_f32x4_make(array[splats[0]], array[splats[1]], array[splats[2]], array[splats[3]])
  Vector d = {
      sub(sub(GATHER(core.x), splat4(view->position[0])), splat4(view->position_rest[0])),
      sub(sub(GATHER(core.y), splat4(view->position[1])), splat4(view->position_rest[1])),
      sub(sub(GATHER(core.z), splat4(view->position[2])), splat4(view->position_rest[2])),
  };
#undef GATHER
  f32x4 p[3];
  for (int i = 0; i < 3; i++) {
    const float *r = view->rotation + 3 * i;
    p[i] = fma4(d.z, splat4(r[2]), fma4(d.y, splat4(r[1]), mul(d.x, splat4(r[0]))));
  }

  f32x4 q[4], s[4];
  for (int i = 0; i < 4; i++) {
    q[i] = wasm_f32x4_convert_i32x4(wasm_i32x4_load16x4(g[i]->rotation));
    s[i] = load4(g[i]->scale);  // the three scales and the opacity
  }
  transpose4(&q[0], &q[1], &q[2], &q[3]);
  transpose4(&s[0], &s[1], &s[2], &s[3]);
  f32x4 opacity = s[3];
  Vector column[3], rows[3];
  scaled_axes(q[0], q[1], q[2], q[3], s, column);
  axes(rows, column);

  // The Jacobian's rows are focal (1, 0, -clamped x/z) and focal (0, 1, -clamped y/z).
  f32x4 focal_x = splat4(view->fx), focal_y = splat4(view->fy);
  f32x4 x = mul(p[0], focal_x), y = mul(p[1], focal_y);
  Vector m1 = rows[0], m2 = rows[1];
  if (!view->orthographic) {
    f32x4 inverse_z = div4(one, p[2]);
    f32x4 u = mul(p[0], inverse_z), v = mul(p[1], inverse_z);
    f32x4 cu = min4(max4(u, splat4(-view->clamp[0])), splat4(view->clamp[1]));
    f32x4 cv = min4(max4(v, splat4(-view->clamp[2])), splat4(view->clamp[3]));
    m1 = (Vector){fnma4(cu, rows[2].x, m1.x), fnma4(cu, rows[2].y, m1.y), fnma4(cu, rows[2].z, m1.z)};
    m2 = (Vector){fnma4(cv, rows[2].x, m2.x), fnma4(cv, rows[2].y, m2.y), fnma4(cv, rows[2].z, m2.z)};
    x = mul(u, focal_x);
    y = mul(v, focal_y);
    focal_x = mul(focal_x, inverse_z);
    focal_y = mul(focal_y, inverse_z);
  }
  x = add(x, splat4(view->cx));
  y = add(y, splat4(view->cy));
  m1 = (Vector){mul(m1.x, focal_x), mul(m1.y, focal_x), mul(m1.z, focal_x)};
  m2 = (Vector){mul(m2.x, focal_y), mul(m2.y, focal_y), mul(m2.z, focal_y)};

  f32x4 low_pass = splat4(LOW_PASS);
  f32x4 a0 = dot3(m1, m1), b = dot3(m1, m2), c0 = dot3(m2, m2);
  Vector n = {
      fnma4(m1.z, m2.y, mul(m1.y, m2.z)),
      fnma4(m1.x, m2.z, mul(m1.z, m2.x)),
      fnma4(m1.y, m2.x, mul(m1.x, m2.y)),
  };
  f32x4 det0 = dot3(n, n);
  f32x4 det = add(fma4(low_pass, add(a0, c0), splat4(LOW_PASS * LOW_PASS)), det0);
  f32x4 a = add(a0, low_pass), c = add(c0, low_pass);

  f32x4 inverse_a = div4(one, a), inverse_c = div4(one, c);
  f32x4 half_log_e = splat4(HALF_LOG_E);
  f32x4 slope = mul(b, inverse_a);
  f32x4 steep2 = div4(mul(half_log_e, a), det);
  f32x4 steep = sqrt4(steep2);
  f32x4 falloff = mul(half_log_e, inverse_a);
  if (core.antialiased) {
    // log2 of sqrt(det0 / det), one by one: few files ask for it.
    float ratio[4], log[4];
    store4(ratio, div4(det0, det));
    for (int i = 0; i < 4; i++) {
      union { float f; u32 u; } bits = {ratio[i]};
      if (!(ratio[i] > 1e-30f)) { log[i] = -60; continue; }
      i32 e = (i32)(bits.u >> 23) - 127;
      bits.u = (bits.u & 0x7fffff) | 0x3f800000;
      float mantissa = bits.f;
      if (mantissa > 1.41421356f) { mantissa *= 0.5f; e++; }
      float t = (mantissa - 1) / (mantissa + 1), t2 = t * t;
      log[i] = 0.5f * ((float)e + 2.885390082f * t *
               (1 + t2 * (0.33333333f + t2 * (0.2f + t2 * (0.14285714f + t2 * 0.1111111f)))));
    }
    opacity = add(opacity, load4(log));
  }
  f32x4 energy = add(opacity, splat4(LOG_255));
  // Half extents of the ellipse alpha = 1/255.
  f32x4 radius = sqrt4(max4(zero, div4(energy, half_log_e)));
  f32x4 half_x = mul(radius, sqrt4(a)), half_y = mul(radius, sqrt4(c));
  f32x4 top = mul(mul(b, inverse_c), half_y);
  Exponential e = exponential();
  f32x4 decay = exp2_4(&e, mul(splat4(-2), steep2));

  // Pixels, then tiles; a little slack, as each pixel is tested again.
  f32x4 width = splat4((float)view->width), height = splat4((float)view->height);
  f32x4 left = max4(zero, sub(x, add(half_x, splat4(0.51f))));
  f32x4 right = min4(width, add(x, add(half_x, splat4(0.51f))));
  f32x4 upper = max4(zero, sub(y, add(half_y, splat4(0.51f))));
  f32x4 lower = min4(height, add(y, add(half_y, splat4(0.51f))));
  v128_t seen = wasm_v128_and(wasm_f32x4_lt(left, right), wasm_f32x4_lt(upper, lower));
  seen = wasm_v128_and(seen, wasm_f32x4_ge(energy, zero));
  seen = wasm_v128_and(seen, wasm_f32x4_lt(det, splat4(3e38f)));
  u32 mask = wasm_i32x4_bitmask(seen);

  i32 edges[4][4];
  f32x4 tile_x = splat4(1.0f / TILE_WIDTH), tile_y = splat4(1.0f / TILE_HEIGHT);
  store4(edges[0], wasm_i32x4_trunc_sat_f32x4(mul(left, tile_x)));
  store4(edges[1], wasm_i32x4_trunc_sat_f32x4(mul(upper, tile_y)));
  store4(edges[2], wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_ceil(mul(right, tile_x))));
  store4(edges[3], wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_ceil(mul(lower, tile_y))));
  float profiles[7][4];
  store4(profiles[0], x);
  store4(profiles[1], y);
  store4(profiles[2], mul(b, inverse_c));
  store4(profiles[3], mul(half_log_e, inverse_c));
  store4(profiles[4], sqrt4(mul(det, mul(inverse_c, splat4(1 / HALF_LOG_E)))));
  store4(profiles[5], energy);
  store4(profiles[6], mul(slope, half_x));
  for (u32 i = 0; i < 4; i++) {
    Tiles rectangle = {0, 0, 0, 0};
    uint64_t tiles = 0;
    if ((mask >> i & 1) != 0) {
      rectangle = (Tiles){(u16)edges[0][i], (u16)edges[1][i], (u16)edges[2][i], (u16)edges[3][i]};
      Profile profile = {profiles[0][i], profiles[1][i], profiles[2][i], profiles[3][i],
                         profiles[4][i], profiles[5][i], profiles[6][i]};
      tiles = find_tiles(rectangle, &profile);
      if (tiles == 0) mask &= ~(1u << i);
    }
    records[i]->rectangle = rectangle;
    records[i]->tiles = tiles;
  }
  if (mask == 0) return;

  // Directions in file axes.
  const float *forward = view->rotation + 6;
  Vector direction = {splat4(forward[0]), splat4(forward[1]), splat4(forward[2])};
  if (!view->orthographic) {
    f32x4 inverse = div4(one, sqrt4(dot3(d, d)));
    direction = (Vector){mul(d.x, inverse), mul(d.y, inverse), mul(d.z, inverse)};
  }
  f32x4 unit = wasm_f32x4_make(g[0]->sh_unit, g[1]->sh_unit, g[2]->sh_unit, g[3]->sh_unit);
  Vector color = colors(splats, direction, unit);

  f32x4 out[3][4] = {
      {x, y, slope, steep},
      {falloff, opacity, decay, top},
      {color.x, color.y, color.z, p[2]},
  };
  for (int part = 0; part < 3; part++) {
    transpose4(&out[part][0], &out[part][1], &out[part][2], &out[part][3]);
    for (int i = 0; i < 4; i++) store4((float *)records[i] + 4 * part, out[part][i]);
  }
}

// Survivors that a worker takes at once.
#define TAKE 512

void project(void) {
  u32 splats[4];
  Record *records[4];
  for (;;) {
    u32 first = take(&core.next_task[1]) * TAKE;
    if (first >= core.survivors || aborted()) return;
    u32 last = u32_min(first + TAKE, core.survivors);
    u32 waiting = 0;
    for (u32 i = first; i < last; i++) {
      u32 place = core.order_of[i] - core.slice_first;
      if (place >= core.slice_count) continue;
      splats[waiting] = core.survivor_splats[i];
      records[waiting++] = &core.records[place];
      core.record_splats[place] = core.survivor_splats[i];
      if (waiting == 4) {
        project4(splats, records);
        waiting = 0;
      }
    }
    if (waiting == 0) continue;
    for (u32 i = waiting; i < 4; i++) {
      splats[i] = splats[0];
      records[i] = records[0];
    }
    project4(splats, records);
  }
}
