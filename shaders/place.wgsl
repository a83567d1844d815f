// place: packed splats in file order -> their places in a chunk.
//
// In:  rows    ROW words a splat: what chunk.wgsl keeps in planes 0 and 1, less
//              the range; then SH coefficients f16, r g b each, of the constant
//              one only red and green
//      places  scene-wide Morton place of each row; 2^32 - 1 where there is no row
// Out: splats  of the chunk, the planes of the rows that lie in it. Places are
//              different, so that each vec4u is written by exactly one invocation
//
// One invocation a row.

override WORKGROUP_SIZE: u32;
override SH_COUNT: u32;  // coefficients beyond the constant one
override ROW: u32;
override PLANES: u32;

@group(0) @binding(0) var<uniform> chunk: Chunk;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> places: array<u32>;
@group(0) @binding(3) var<storage, read_write> splats: array<vec4u>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn place(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = unfold(group, groups) * WORKGROUP_SIZE + local;
  if (row >= arrayLength(&places)) { return; }
  // What lies before the chunk wraps round and is beyond it, too.
  let at = places[row] - chunk.first;
  if (at >= chunk.count) { return; }

  let base = row * ROW;
  var sh: array<vec3f, 15>;  // 0 behind the last
  var most = vec3f(1e-8f);  // log2 of 0 is undefined
  for (var k = 0u; k < SH_COUNT; k++) {
    let value = coefficient(base, k);
    sh[k] = value;
    most = max(most, abs(value));
  }
  let largest = max(most.r, max(most.g, most.b));
  let range_code = u32(clamp(ceil(2f * (log2(largest) - SH_LOG2_MIN)), 0f, 63f));
  let to_share = exp2(-f32(range_code) / 2f - SH_LOG2_MIN);

  splats[at] = four(base) | vec4u(0u, 0u, 0u, range_code << 26u);
  splats[chunk.count + at] = four(base + 4u);
  splats[2u * chunk.count + at] = vec4u(
    rows[base + 8u],
    packed(sh[0u], to_share),
    packed(sh[1u], to_share),
    packed(sh[2u], to_share),
  );
  for (var plane = 3u; plane < PLANES; plane++) {
    let k = 4u * plane - 9u;
    splats[plane * chunk.count + at] = vec4u(
      packed(sh[k], to_share),
      packed(sh[k + 1u], to_share),
      packed(sh[k + 2u], to_share),
      packed(sh[k + 3u], to_share),
    );
  }
}

fn four(base: u32) -> vec4u {
  return vec4u(rows[base], rows[base + 1u], rows[base + 2u], rows[base + 3u]);
}

// Coefficient k of the row at `base`; an odd one starts in the midst of a word.
fn coefficient(base: u32, k: u32) -> vec3f {
  let word = base + 9u + 3u * k / 2u;
  let a = unpack2x16float(rows[word]);
  let b = unpack2x16float(rows[word + 1u]);
  return select(vec3f(a, b.x), vec3f(a.y, b), (k & 1u) == 1u);
}

// A coefficient's word.
fn packed(value: vec3f, to_share: f32) -> u32 {
  let share = clamp(value * to_share, vec3f(-1f), vec3f(1f));
  let code = bitcast<vec3u>(vec3i(round(share * SH_STEPS)));
  return (code.r & 0x7ffu) | ((code.g & 0x7ffu) << 11u) | (code.b << 22u);
}
