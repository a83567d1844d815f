// record: a splat as one view sees it, 32 bytes, and which tiles it touches.
// Put in front of the passes that write or read records.
//
//   a: centre x, y in pixels | z in file units | red, green f16
//   b: l00, l10, l11         | blue f16, log2 opacity unorm16 over [-8, 0]
//
// At offset (dx, dy) from the centre alpha = exp2(log2_opacity - u u - v v)
// with u = l00 dx + l10 dy, v = l11 dy: the Cholesky factor of the inverse
// covariance, so the power cannot become negative by rounding.

struct Record {
  a: vec4u,
  b: vec4u,
}

struct Footprint {
  center: vec2f,
  l00: f32,
  l10: f32,
  l11: f32,
  log2_opacity: f32,
}

fn pack_log2_opacity(value: f32) -> u32 {
  return u32(clamp(value / 8f + 1f, 0f, 1f) * 65535f + 0.5f);
}

fn footprint_of(record: Record) -> Footprint {
  let a = bitcast<vec2f>(record.a.xy);
  let b = bitcast<vec3f>(record.b.xyz);
  return Footprint(a, b.x, b.y, b.z, f32(record.b.w >> 16u) * (8f / 65535f) - 8f);
}

// Rows of tiles, and in each row the columns, whose pixel centres the ellipse
// alpha >= 1/255 can reach. Exact but for SLACK, which only ever adds tiles.
struct TileRows {
  power: f32,    // largest u u + v v of a pixel that is blended
  half: f32,     // half height of the ellipse, pixels
  turn: f32,     // dy at which the ellipse is rightmost; leftmost at -dy
  first: i32,
  last: i32,     // last row, inclusive; < first if there is none
}

const SLACK = 0.01f;

fn tile_rows(splat: Footprint, tiles_y: u32) -> TileRows {
  var rows: TileRows;
  rows.power = splat.log2_opacity - LOG2_MIN_ALPHA;
  if (rows.power < 0f) {
    rows.last = -1;
    return rows;
  }
  rows.power += SLACK;
  let reach = sqrt(rows.power);
  rows.half = reach / splat.l11;
  rows.turn = -splat.l10 * reach /
    (splat.l11 * sqrt(splat.l10 * splat.l10 + splat.l11 * splat.l11));
  let size = f32(TILE_SIZE);
  let limit = f32(tiles_y);
  rows.first = i32(ceil(clamp((splat.center.y - rows.half + 0.5f - size) / size, 0f, limit)));
  rows.last = i32(floor(clamp((splat.center.y + rows.half - 0.5f) / size, -1f, limit - 1f)));
  return rows;
}

// First and one past last column of a row; empty if equal.
fn tile_columns(splat: Footprint, rows: TileRows, row: i32, tiles_x: u32) -> vec2u {
  let size = f32(TILE_SIZE);
  let top = f32(row) * size + 0.5f - splat.center.y;
  let low = clamp(top, -rows.half, rows.half);
  let high = clamp(top + size - 1f, -rows.half, rows.half);
  let right_at = clamp(rows.turn, low, high);
  let left_at = clamp(-rows.turn, low, high);
  let right = (-splat.l10 * right_at +
    sqrt(max(0f, rows.power - splat.l11 * splat.l11 * right_at * right_at))) / splat.l00;
  let left = (-splat.l10 * left_at -
    sqrt(max(0f, rows.power - splat.l11 * splat.l11 * left_at * left_at))) / splat.l00;
  let limit = f32(tiles_x);
  let first = ceil(clamp((splat.center.x + left + 0.5f - size) / size, 0f, limit));
  let end = floor(clamp((splat.center.x + right - 0.5f) / size, -1f, limit - 1f)) + 1f;
  return vec2u(u32(first), u32(max(first, end)));
}
