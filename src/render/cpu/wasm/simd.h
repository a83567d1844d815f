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

// A constant that the compiler must keep in a local: V8 builds a literal anew,
// in three instructions, wherever it stands, also within a loop.
static inline f32x4 held(float value) {
  __asm__("" : "+r"(value));
  return splat4(value);
}

// What exp2_4 needs; made once, before the loop.
typedef struct {
  f32x4 lowest, magic, c0, c1, c2, c3, c4;
} Exponential;

static inline Exponential exponential(void) {
  return (Exponential){held(-126), held(12582912), held(1), held(6.931210452e-1f),
                       held(2.402234904e-1f), held(5.592197584e-2f), held(9.666368515e-3f)};
}

// 2^t for t below 127, at least 2^-126; relative error below 4e-6.
static inline f32x4 exp2_4(const Exponential *e, f32x4 t) {
  t = max4(e->lowest, t);
  // Adding 1.5 * 2^23 rounds to an integer that then lies in the low bits.
  f32x4 shifted = add(t, e->magic);
  f32x4 f = sub(t, sub(shifted, e->magic));
  f32x4 p = fma4(e->c4, f, e->c3);
  p = fma4(p, f, e->c2);
  p = fma4(p, f, e->c1);
  p = fma4(p, f, e->c0);
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
