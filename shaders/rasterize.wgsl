// rasterize: the splats of each tile, front to back -> picture, depths, alpha.
//
// In:  tile_range, pair_record  records of a tile front to back
//      records, record_object
// Out: picture   planes of one u32 a pixel, a view after the other: colour as RGBA8,
//                median depth, expected depth, alpha (f32 bits), and with
//                with_object_ids the object id of the median splat
//
// One workgroup a tile of 16 x 16 pixels, one invocation a pixel; z is the view.
// 64 consecutive invocations are a quarter of 8 x 8 pixels. Splats come in batches
// of 64; for each quarter a 64-bit mask says which of them reach it, so that a
// quarter visits only its own. A tile stops when all its pixels are opaque.

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> records: array<Record>;
@group(0) @binding(2) var<storage, read> pair_record: array<u32>;
@group(0) @binding(3) var<storage, read> tile_range: array<vec2u>;
@group(0) @binding(4) var<storage, read> record_object: array<u32>;
@group(0) @binding(5) var<storage, read_write> picture: array<u32>;

const PIXELS = 256u;        // of a tile
const BATCH = 64u;          // splats
const QUARTER = 8f;         // pixels
const ALPHA_MAX = 0.99f;
const TRANSMITTANCE_MIN = 1e-4f;
const MEDIAN = 0.5f;

// A batch, unpacked: (centre, l00, l10), (l11, log2 opacity), (colour, z), record.
var<workgroup> shape: array<vec4f, BATCH>;
var<workgroup> peak: array<vec2f, BATCH>;
var<workgroup> color_z: array<vec4f, BATCH>;
var<workgroup> index: array<u32, BATCH>;
// Two words a quarter.
var<workgroup> reaches: array<atomic<u32>, 8>;
var<workgroup> opaque_pixels: atomic<u32>;
var<workgroup> stop: u32;

@compute @workgroup_size(256)
fn rasterize(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let view = tile.z;
  let quarter = local / 64u;
  let corner = vec2u(TILE_SIZE) * tile.xy + 8u * vec2u(quarter & 1u, quarter / 2u);
  let pixel = corner + vec2u(local & 7u, (local / 8u) & 7u);
  let inside = pixel.x < batch.width && pixel.y < batch.height;
  let place = vec2f(pixel) + 0.5f;
  let quarter_min = vec2f(corner) + 0.5f;
  let range = tile_range[(view * batch.tiles_y + tile.y) * batch.tiles_x + tile.x];

  var color = vec3f(0f);
  var transmittance = 1f;
  var weighted_depth = 0f;
  var median_depth = 0f;
  var median_record = 0xffffffffu;
  var opaque = !inside;
  if (opaque) { atomicAdd(&opaque_pixels, 1u); }

  for (var first = range.x; first < range.y; first += BATCH) {
    // All of the last batch is read, and whether the tile is opaque is known to all.
    workgroupBarrier();
    if (local == 0u) { stop = u32(atomicLoad(&opaque_pixels) == PIXELS); }
    if (local < 8u) { atomicStore(&reaches[local], 0u); }
    if (workgroupUniformLoad(&stop) == 1u) { break; }

    // Each quarter's invocations look at the whole batch; the first quarter's store it.
    let slot = local & 63u;
    if (first + slot < range.y) {
      let record_index = view * batch.record_stride +
        pair_record[view * batch.pair_stride + first + slot];
      let record = records[record_index];
      let splat = footprint_of(record);
      if (quarter == 0u) {
        let red_green = unpack2x16float(record.a.w);
        shape[slot] = vec4f(splat.center, splat.l00, splat.l10);
        peak[slot] = vec2f(splat.l11, splat.log2_opacity);
        color_z[slot] =
          vec4f(red_green, unpack2x16float(record.b.w).x, bitcast<f32>(record.a.z));
        index[slot] = record_index;
      }
      if (reaches_box(splat, quarter_min, quarter_min + (QUARTER - 1f))) {
        atomicOr(&reaches[2u * quarter + slot / 32u], 1u << (slot & 31u));
      }
    }
    workgroupBarrier();

    let was_opaque = opaque;
    for (var half = 0u; half < 2u && !opaque; half++) {
      var mask = atomicLoad(&reaches[2u * quarter + half]);
      while (mask != 0u) {
        let k = 32u * half + firstTrailingBit(mask);
        mask &= mask - 1u;
        let s = shape[k];
        let p = peak[k];
        let offset = place - s.xy;
        let u = s.z * offset.x + s.w * offset.y;
        let v = p.x * offset.y;
        let log2_alpha = p.y - u * u - v * v;
        if (log2_alpha < LOG2_MIN_ALPHA) { continue; }
        let alpha = min(ALPHA_MAX, exp2(log2_alpha));
        let left = transmittance * (1f - alpha);
        if (left < TRANSMITTANCE_MIN) {
          opaque = true;
          break;
        }
        let weight = transmittance * alpha;
        let c = color_z[k];
        color += weight * c.rgb;
        weighted_depth += weight * c.w;
        if (transmittance >= MEDIAN && left < MEDIAN) {
          median_depth = c.w;
          median_record = index[k];
        }
        transmittance = left;
      }
    }
    if (opaque && !was_opaque) { atomicAdd(&opaque_pixels, 1u); }
  }

  if (!inside) { return; }
  let pixels = batch.width * batch.height;
  let planes = 4u + batch.with_object_ids;
  let at = view * planes * pixels + pixel.y * batch.width + pixel.x;
  let metres = batch.views[view].metres_per_unit;
  let alpha = 1f - transmittance;
  let expected_depth = select(0f, weighted_depth / alpha, alpha > 0f);
  picture[at] = pack4x8unorm(vec4f(clamp(color, vec3f(0f), vec3f(1f)), 1f));
  picture[at + pixels] = bitcast<u32>(median_depth * metres);
  picture[at + 2u * pixels] = bitcast<u32>(expected_depth * metres);
  picture[at + 3u * pixels] = bitcast<u32>(alpha);
  if (batch.with_object_ids == 1u) {
    var id = 0u;
    if (median_record != 0xffffffffu) { id = record_object[median_record]; }
    picture[at + 4u * pixels] = id;
  }
}

// Whether alpha can reach 1/255 in the box of pixel centres.
fn reaches_box(splat: Footprint, low: vec2f, high: vec2f) -> bool {
  let cutoff = splat.log2_opacity - LOG2_MIN_ALPHA + SLACK;
  let nearest = clamp(splat.center, low, high) - splat.center;
  if (nearest.x == 0f && nearest.y == 0f) { return true; }
  // The least power lies on the edges that face the centre: on the vertical one ...
  let near = low - splat.center;
  let far = high - splat.center;
  let norm = splat.l10 * splat.l10 + splat.l11 * splat.l11;
  let y = clamp(-splat.l00 * splat.l10 * nearest.x / norm, near.y, far.y);
  // ... or on the horizontal one.
  let x = clamp(-splat.l10 * nearest.y / splat.l00, near.x, far.x);
  return min(power_at(splat, vec2f(nearest.x, y)), power_at(splat, vec2f(x, nearest.y))) <= cutoff;
}

fn power_at(splat: Footprint, offset: vec2f) -> f32 {
  let u = splat.l00 * offset.x + splat.l10 * offset.y;
  let v = splat.l11 * offset.y;
  return u * u + v * v;
}
