// Four lanes of single precision: the functions that WebAssembly lacks.

#ifndef SIMD_H
#define SIMD_H

#include <wasm_simd128.h>

typedef v128_t f32x4;

#define splat4 wasm_f32x4_splat
#define add wasm_f32x4_add
#define sub wasm_f32x4_sub
#define mul wasm_f32x4_mul
#define div4 wasm_f32x4_div
// a b + c and c - a b, fused where the processor can.
#define fma4 wasm_f32x4_relaxed_madd
#define fnma4 wasm_f32x4_relaxed_nmadd
#define sqrt4 wasm_f32x4_sqrt
// One instruction each, unlike min and max; with a NaN they give `a`.
#define min4(a, b) wasm_f32x4_pmin(a, b)
#define max4(a, b) wasm_f32x4_pmax(a, b)
#define load4 wasm_v128_load
#define store4 wasm_v128_store

// 2^t for t in [-126, 127]; relative error below 3e-7.
static inline f32x4 exp2_4(f32x4 t) {
  // Adding 1.5 * 2^23 rounds to an integer that then lies in the low bits.
  const f32x4 magic = splat4(12582912.0f);
  f32x4 shifted = add(t, magic);
  f32x4 f = sub(t, sub(shifted, magic));
  f32x4 p = splat4(1.339086336e-3f);
  p = fma4(p, f, splat4(9.676031918e-3f));
  p = fma4(p, f, splat4(5.550357114e-2f));
  p = fma4(p, f, splat4(2.402210749e-1f));
  p = fma4(p, f, splat4(6.931471880e-1f));
  p = fma4(p, f, splat4(1.000000075f));
  return wasm_i32x4_add(p, wasm_i32x4_shl(shifted, 23));
}

// Rows to columns.
static inline void transpose4(f32x4 *a, f32x4 *b, f32x4 *c, f32x4 *d) {
  f32x4 ab_low = wasm_i32x4_shuffle(*a, *b, 0, 4, 1, 5);
  f32x4 ab_high = wasm_i32x4_shuffle(*a, *b, 2, 6, 3, 7);
  f32x4 cd_low = wasm_i32x4_shuffle(*c, *d, 0, 4, 1, 5);
  f32x4 cd_high = wasm_i32x4_shuffle(*c, *d, 2, 6, 3, 7);
  *a = wasm_i64x2_shuffle(ab_low, cd_low, 0, 2);
  *b = wasm_i64x2_shuffle(ab_low, cd_low, 1, 3);
  *c = wasm_i64x2_shuffle(ab_high, cd_high, 0, 2);
  *d = wasm_i64x2_shuffle(ab_high, cd_high, 1, 3);
}

#endif
