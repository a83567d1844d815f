// project: surviving splats -> what each view needs of them.
//
// In:  splats           the chunk
//      visible_views[s] which views see splat s
//      visible_mask, rank_base  file order f of view v -> rank among its survivors:
//                       rank_base of its word + set bits before it
// Out, at the rank (so ties in depth keep the file's order when sorted stably):
//      records          centre, shape, colour
//      depth_key        bits of z less bits of near: ascending as z is
//      tile_count       tiles touched; 0 for what turns out to leave no trace
//      record_object    object id, if asked for
// Each element is written by exactly one invocation. Ranks beyond the stride are
// not written; the host sees that from the counters.
//
// One invocation a splat; views one after the other, so that they share its reads.
// EWA projection of Zwicker et al. 2001 as in Kerbl et al. 2023.

override WORKGROUP_SIZE: u32;
override SH_DEGREE: u32;
override FILE_ORDER_PLANE: u32;
override HAS_OBJECT_IDS: bool;

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<uniform> chunk: Chunk;
@group(0) @binding(2) var<storage, read> splats: array<vec4u>;
@group(0) @binding(3) var<storage, read> visible_views: array<u32>;
@group(0) @binding(4) var<storage, read> visible_mask: array<u32>;
@group(0) @binding(5) var<storage, read> rank_base: array<u32>;
@group(0) @binding(6) var<storage, read_write> records: array<Record>;
@group(0) @binding(7) var<storage, read_write> depth_key: array<u32>;
@group(0) @binding(8) var<storage, read_write> tile_count: array<u32>;
@group(0) @binding(9) var<storage, read_write> record_object: array<u32>;

const LOW_PASS = 0.3f;
// sqrt(log2(e) / 2): turns exp(-d d / 2) into exp2(-u u - v v).
const POWER_SCALE = 0.84932180f;
// Variances above this, in square pixels, overflow in their determinant.
const VARIANCE_MAX = 1e18f;
const HALF_MAX = 65504f;

@compute @workgroup_size(WORKGROUP_SIZE)
fn project(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = unfold(group, groups) * WORKGROUP_SIZE + local;
  if (i >= chunk.count) { return; }
  let views = visible_views[chunk.first + i];
  if (views == 0u) { return; }

  let place = splats[i];
  let shape = splats[chunk.count + i];
  let position = bitcast<vec3f>(place.xyz);
  let log2_opacity = log2(f32(place.w & 0xffffu) / 65535f);
  let axes = scaled_axes(shape);
  let range = exp2(f32(place.w >> 26u) / 2f + SH_LOG2_MIN);
  let red_green = unpack2x16float(splats[2u * chunk.count + i].x);
  let constant = vec3f(red_green, unpack2x16float(shape.y).y);
  let order_index = FILE_ORDER_PLANE * chunk.count + i / 4u;
  let order = splats[order_index][i & 3u];
  let word = order / 32u;
  let before = (1u << (order & 31u)) - 1u;

  for (var v = 0u; v < batch.view_count; v++) {
    if ((views & (1u << v)) == 0u) { continue; }
    let mask_at = v * batch.word_count + word;
    let rank = rank_base[mask_at] + countOneBits(visible_mask[mask_at] & before);
    if (rank >= batch.record_stride) { continue; }
    let at = v * batch.record_stride + rank;

    let view = batch.views[v];
    let offset = position - view.position;
    // Culling saw it beyond `near`; a compiler may round differently here.
    let z = max(dot(view.forward, offset), view.near);
    let seen = vec2f(dot(view.right, offset), dot(view.down, offset));
    let focal = vec2f(view.focal_x, view.focal_y);
    var center = seen * focal + view.principal;
    var direction = view.forward;
    var jacobian_x = view.right * view.focal_x;
    var jacobian_y = view.down * view.focal_y;
    if (batch.orthographic == 0u) {
      center = seen / z * focal + view.principal;
      direction = normalize(offset);
      let tangent = clamp(seen / z, view.tangent_min, view.tangent_max);
      jacobian_x = (view.right - view.forward * tangent.x) * (view.focal_x / z);
      jacobian_y = (view.down - view.forward * tangent.y) * (view.focal_y / z);
    }
    depth_key[at] = bitcast<u32>(z) - view.near_bits;
    if (HAS_OBJECT_IDS) {
      if (batch.with_object_ids == 1u) {
        record_object[at] = splats[order_index + (chunk.count + 3u) / 4u][i & 3u];
      }
    }

    // Rows of J W R S; their products are the projected covariance.
    let row_x = jacobian_x * axes;
    let row_y = jacobian_y * axes;
    let xx = dot(row_x, row_x);
    let xy = dot(row_x, row_y);
    let yy = dot(row_y, row_y);
    if (!(xx < VARIANCE_MAX && yy < VARIANCE_MAX)) {
      tile_count[at] = 0u;
      continue;
    }
    // Cauchy-Binet: no difference of large products, so thin splats keep their width.
    let normal = cross(row_x, row_y);
    let sharp = dot(normal, normal);
    let determinant = sharp + LOW_PASS * (xx + yy) + LOW_PASS * LOW_PASS;
    let filtered_yy = yy + LOW_PASS;
    let l00 = POWER_SCALE * sqrt(filtered_yy / determinant);
    var log2_alpha = log2_opacity;
    if (batch.antialiased == 1u) {
      log2_alpha += 0.5f * log2(max(sharp / determinant, 1e-30f));
    }

    let color = min(sh_color(i, constant, range, direction), vec3f(HALF_MAX));
    var record: Record;
    record.a = vec4u(
      bitcast<vec2u>(center), bitcast<u32>(z), pack2x16float(color.rg),
    );
    record.b = vec4u(
      bitcast<u32>(l00),
      bitcast<u32>(-l00 * xy / filtered_yy),
      bitcast<u32>(POWER_SCALE / sqrt(filtered_yy)),
      (pack2x16float(vec2f(color.b, 0f)) & 0xffffu) | (pack_log2_opacity(log2_alpha) << 16u),
    );
    records[at] = record;
    var tiles = 0u;
    if (log2_alpha >= LOG2_MIN_ALPHA - 1e-4f) { tiles = count_tiles(record); }
    tile_count[at] = tiles;
  }
}

fn count_tiles(record: Record) -> u32 {
  let splat = footprint_of(record);
  let rows = tile_rows(splat, batch.tiles_y);
  var tiles = 0u;
  for (var row = rows.first; row <= rows.last; row++) {
    let columns = tile_columns(splat, rows, row, batch.tiles_x);
    tiles += columns.y - columns.x;
  }
  return tiles;
}

// Columns: the splat's own axes in file axes, as long as its scales.
fn scaled_axes(shape: vec4u) -> mat3x3f {
  let q = rotation(shape);
  let w = q.x;
  let x = q.y;
  let y = q.z;
  let z = q.w;
  let codes = vec3u(
    shape.z & 0x1fffffu,
    (shape.z >> 21u) | ((shape.w & 0x3ffu) << 11u),
    (shape.w >> 10u) & 0x1fffffu,
  );
  let scales = exp2(vec3f(codes) / 32768f + SCALE_LOG2_MIN);
  return mat3x3f(
    scales.x * vec3f(1f - 2f * (y * y + z * z), 2f * (x * y + w * z), 2f * (x * z - w * y)),
    scales.y * vec3f(2f * (x * y - w * z), 1f - 2f * (x * x + z * z), 2f * (y * z + w * x)),
    scales.z * vec3f(2f * (x * z + w * y), 2f * (y * z - w * x), 1f - 2f * (x * x + y * y)),
  );
}

// Quaternion w, x, y, z: its largest part follows from the others, in their order.
fn rotation(shape: vec4u) -> vec4f {
  let codes = vec3u(shape.x >> 2u, shape.x >> 17u, shape.y) & vec3u(0x7fffu);
  let parts = (vec3f(codes) - 16384f) / (16383f * sqrt(2f));
  let largest = sqrt(max(0f, 1f - dot(parts, parts)));
  switch (shape.x & 3u) {
    case 0u: { return vec4f(largest, parts); }
    case 1u: { return vec4f(parts.x, largest, parts.yz); }
    case 2u: { return vec4f(parts.xy, largest, parts.z); }
    default: { return vec4f(parts, largest); }
  }
}

// Coefficient k, from 1, as shares of the range in SH_STEPS.
fn coefficient(i: u32, k: u32) -> vec3f {
  let word = bitcast<i32>(splats[(2u + k / 4u) * chunk.count + i][k & 3u]);
  return vec3f(vec3i(word << 21u, word << 10u, word) >> vec3u(21u, 21u, 22u));
}

// Colour along unit `direction`, >= 0; constants and signs as in INRIA's auxiliary.h.
fn sh_color(i: u32, constant: vec3f, range: f32, direction: vec3f) -> vec3f {
  let color = vec3f(0.5f) + 0.28209479177387814f * constant +
    range / SH_STEPS * directed(i, direction);
  return max(color, vec3f(0f));
}

// What depends on the direction.
fn directed(i: u32, direction: vec3f) -> vec3f {
  let x = direction.x;
  let y = direction.y;
  let z = direction.z;
  var sum = vec3f(0f);
  if (SH_DEGREE >= 1u) {
    sum += -0.4886025119029199f * y * coefficient(i, 1u) +
      0.4886025119029199f * z * coefficient(i, 2u) -
      0.4886025119029199f * x * coefficient(i, 3u);
  }
  if (SH_DEGREE >= 2u) {
    let xx = x * x;
    let yy = y * y;
    let zz = z * z;
    sum += 1.0925484305920792f * x * y * coefficient(i, 4u) -
      1.0925484305920792f * y * z * coefficient(i, 5u) +
      0.31539156525252005f * (2f * zz - xx - yy) * coefficient(i, 6u) -
      1.0925484305920792f * x * z * coefficient(i, 7u) +
      0.5462742152960396f * (xx - yy) * coefficient(i, 8u);
    if (SH_DEGREE >= 3u) {
      sum += -0.5900435899266435f * y * (3f * xx - yy) * coefficient(i, 9u) +
        2.890611442640554f * x * y * z * coefficient(i, 10u) -
        0.4570457994644658f * y * (4f * zz - xx - yy) * coefficient(i, 11u) +
        0.3731763325901154f * z * (2f * zz - 3f * xx - 3f * yy) * coefficient(i, 12u) -
        0.4570457994644658f * x * (4f * zz - xx - yy) * coefficient(i, 13u) +
        1.445305721320277f * z * (xx - yy) * coefficient(i, 14u) -
        0.5900435899266435f * x * (xx - 3f * yy) * coefficient(i, 15u);
    }
  }
  return sum;
}
