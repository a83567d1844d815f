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
// of 64; each quarter lists those that reach it and visits only them, four a turn,
// as loops are dear (naga guards each turn). A tile stops when it is opaque.

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
// Splat i of the batch is element i + 1; element 0 stays zero but for an opacity
// that is never blended: what lists are filled up with.
var<workgroup> shape: array<vec4f, BATCH + 1u>;
var<workgroup> peak: array<vec2f, BATCH + 1u>;
var<workgroup> color_z: array<vec4f, BATCH + 1u>;
var<workgroup> index: array<u32, BATCH + 1u>;
// Which of the batch reach a quarter: two words each; then the same as a list, an
// element a byte, four a word.
var<workgroup> reaches: array<atomic<u32>, 8>;
var<workgroup> list: array<atomic<u32>, BATCH>;
var<workgroup> opaque_pixels: atomic<u32>;
var<workgroup> stop: u32;

const NONE = 0xffffffffu;

struct Pixel {
  place: vec2f,
  color: vec3f,
  transmittance: f32,
  weighted_depth: f32,
  median_depth: f32,
  median_record: u32,
  opaque: bool,
}

@compute @workgroup_size(256)
fn rasterize(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let view = tile.z;
  let quarter = local / 64u;
  let slot = local & 63u;
  let corner = vec2u(TILE_SIZE) * tile.xy + 8u * vec2u(quarter & 1u, quarter / 2u);
  let at = corner + vec2u(slot & 7u, slot / 8u);
  let inside = at.x < batch.width && at.y < batch.height;
  let quarter_min = vec2f(corner) + 0.5f;
  let range = tile_range[(view * batch.tiles_y + tile.y) * batch.tiles_x + tile.x];

  var pixel: Pixel;
  pixel.place = vec2f(at) + 0.5f;
  pixel.transmittance = 1f;
  pixel.median_record = NONE;
  pixel.opaque = !inside;
  if (pixel.opaque) { atomicAdd(&opaque_pixels, 1u); }
  if (local == 0u) { peak[0] = vec2f(0f, 2f * LOG2_MIN_ALPHA); }

  for (var first = range.x; first < range.y; first += BATCH) {
    // All of the last batch is read, and whether the tile is opaque is known to all.
    workgroupBarrier();
    if (local == 0u) { stop = u32(atomicLoad(&opaque_pixels) == PIXELS); }
    if (local < 8u) { atomicStore(&reaches[local], 0u); }
    if (local < BATCH) { atomicStore(&list[local], 0u); }
    if (workgroupUniformLoad(&stop) == 1u) { break; }

    // Each quarter's invocations look at the whole batch; the first quarter's store it.
    let bit = 1u << (slot & 31u);
    var reached = false;
    if (first + slot < range.y) {
      let record_index = view * batch.record_stride +
        pair_record[view * batch.pair_stride + first + slot];
      let record = records[record_index];
      let splat = footprint_of(record);
      if (quarter == 0u) {
        let red_green = unpack2x16float(record.a.w);
        shape[slot + 1u] = vec4f(splat.center, splat.l00, splat.l10);
        peak[slot + 1u] = vec2f(splat.l11, splat.log2_opacity);
        color_z[slot + 1u] =
          vec4f(red_green, unpack2x16float(record.b.w).x, bitcast<f32>(record.a.z));
        index[slot + 1u] = record_index;
      }
      reached = reaches_box(splat, quarter_min, quarter_min + (QUARTER - 1f));
      if (reached) { atomicOr(&reaches[2u * quarter + slot / 32u], bit); }
    }
    workgroupBarrier();

    let low = atomicLoad(&reaches[2u * quarter]);
    let high = atomicLoad(&reaches[2u * quarter + 1u]);
    if (reached) {
      var rank = countOneBits(select(low, high, slot >= 32u) & (bit - 1u));
      if (slot >= 32u) { rank += countOneBits(low); }
      atomicOr(&list[16u * quarter + rank / 4u], (slot + 1u) << (8u * (rank & 3u)));
    }
    workgroupBarrier();

    let was_opaque = pixel.opaque;
    let words = (countOneBits(low) + countOneBits(high) + 3u) / 4u;
    for (var word = 0u; word < words; word++) {
      if (pixel.opaque) { break; }
      let four = atomicLoad(&list[16u * quarter + word]);
      blend(&pixel, four & 0xffu);
      blend(&pixel, (four >> 8u) & 0xffu);
      blend(&pixel, (four >> 16u) & 0xffu);
      blend(&pixel, four >> 24u);
    }
    if (pixel.opaque && !was_opaque) { atomicAdd(&opaque_pixels, 1u); }
  }

  if (inside) { store(pixel, view, at); }
}

// Adds element k of the batch behind what the pixel has.
fn blend(pixel: ptr<function, Pixel>, k: u32) {
  let s = shape[k];
  let p = peak[k];
  let offset = (*pixel).place - s.xy;
  let u = s.z * offset.x + s.w * offset.y;
  let v = p.x * offset.y;
  let log2_alpha = p.y - u * u - v * v;
  if (log2_alpha < LOG2_MIN_ALPHA || (*pixel).opaque) { return; }
  let alpha = min(ALPHA_MAX, exp2(log2_alpha));
  let before = (*pixel).transmittance;
  let left = before * (1f - alpha);
  if (left < TRANSMITTANCE_MIN) {
    (*pixel).opaque = true;
    return;
  }
  let weight = before * alpha;
  let c = color_z[k];
  (*pixel).color += weight * c.rgb;
  (*pixel).weighted_depth += weight * c.w;
  if (before >= MEDIAN && left < MEDIAN) {
    (*pixel).median_depth = c.w;
    (*pixel).median_record = index[k];
  }
  (*pixel).transmittance = left;
}

fn store(pixel: Pixel, view: u32, place: vec2u) {
  let pixels = batch.width * batch.height;
  let planes = 4u + batch.with_object_ids;
  let at = view * planes * pixels + place.y * batch.width + place.x;
  let metres = batch.views[view].metres_per_unit;
  let alpha = 1f - pixel.transmittance;
  let expected_depth = select(0f, pixel.weighted_depth / alpha, alpha > 0f);
  picture[at] = pack4x8unorm(vec4f(clamp(pixel.color, vec3f(0f), vec3f(1f)), 1f));
  picture[at + pixels] = bitcast<u32>(pixel.median_depth * metres);
  picture[at + 2u * pixels] = bitcast<u32>(expected_depth * metres);
  picture[at + 3u * pixels] = bitcast<u32>(alpha);
  if (batch.with_object_ids == 1u) {
    var id = 0u;
    if (pixel.median_record != NONE) { id = record_object[pixel.median_record]; }
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
