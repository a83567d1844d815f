// PNG scanlines, their zlib stream, and Lanczos resampling, in AssemblyScript
// (WebAssembly SIMD). Built by `deno task build:wasm` into codec_wasm.ts.
//
// Memory: [0, 64 KiB) belongs to this module (tables below), all above to the
// caller, who grows it and says where pictures lie. No allocation, no state but
// the tables and the stream between openStream and the last encodeBand.

// ---- Tables, byte offsets -------------------------------------------------

const COUNTS: usize = 1024; // 4 x 288 u32: how often each symbol occurs, four copies summed later
const CODES: usize = 8192; // 288 u32: code << 8 | length
const LENGTHS: usize = 10240; // 320 u8: code lengths, literals and lengths, then distances
const SORTED: usize = 11264; // 288 u32: symbols by count
const TREE: usize = 13312; // 288 u32: work space of huffmanLengths
const META_COUNTS: usize = 15360; // 19 u32
const META_CODES: usize = 15616; // 19 u32
const META_LENGTHS: usize = 15872; // 19 u8
const META_TOKENS: usize = 16384; // 2 u8 a token: symbol, extra bits
const RUN_SYMBOL: usize = 18432; // 259 u8 from 0: length 3..258 -> length symbol - 257
const CRC_TABLE: usize = 20480; // 8 x 256 u32: eight bytes a step

const END_OF_BLOCK: i32 = 256;
const SYMBOLS: i32 = 286;
// Four codes and 7 pending bits fit 64 bits.
const MAX_BITS: i32 = 14;
// The shortest run of zeros worth a length code.
const MIN_RUN: i32 = 8;
const MAX_RUN: i32 = 258;
const CRC_POLYNOMIAL: u32 = 0xedb88320;

// ---- The bit stream -------------------------------------------------------

let out: usize = 0;
let bits: u64 = 0;
let pending: u64 = 0;
let adlerLow: u32 = 1;
let adlerHigh: u32 = 0;

// @ts-ignore: decorator
@inline
function put(value: u64, count: u64): void {
  bits |= value << pending;
  pending += count;
}

// @ts-ignore: decorator
@inline
function flush(): void {
  store<u64>(out, bits);
  const bytes = pending >> 3;
  out += <usize> bytes;
  bits >>= bytes << 3;
  pending &= 7;
}

function adler(at: usize, length: i32): void {
  let a = adlerLow;
  let b = adlerHigh;
  const weights0 = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const weights1 = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  while (length > 0) {
    // 5,552 bytes are the most that 32 bits can sum, a multiple of 16.
    let chunk = min(length, 5552);
    length -= chunk;
    let sum = i32x4.splat(0);
    let weighted = i32x4.splat(0);
    let earlier = i32x4.splat(0);
    const blocks = chunk >> 4;
    for (let k = 0; k < blocks; k++) {
      const bytes = v128.load(at);
      const low = i16x8.extend_low_i8x16_u(bytes);
      const high = i16x8.extend_high_i8x16_u(bytes);
      earlier = i32x4.add(earlier, sum);
      sum = i32x4.add(
        sum,
        i32x4.extadd_pairwise_i16x8_u(i16x8.add(low, high)),
      );
      weighted = i32x4.add(
        weighted,
        i32x4.add(
          i32x4.dot_i16x8_s(low, weights0),
          i32x4.dot_i16x8_s(high, weights1),
        ),
      );
      at += 16;
    }
    b += a * <u32> (blocks << 4) + (lanes(earlier) << 4) + lanes(weighted);
    a += lanes(sum);
    for (let k = chunk & 15; k > 0; k--) {
      a += load<u8>(at++);
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  adlerLow = a;
  adlerHigh = b;
}

function lanes(v: v128): u32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) +
    i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}

// ---- Huffman codes --------------------------------------------------------

// Code lengths of at most `limit` bits for `symbols` counts at `counts`, to
// `lengths`. Moffat and Katajainen's in-place minimum-redundancy lengths, then
// the longest codes are shortened until Kraft's sum is one again.
function huffmanLengths(
  counts: usize,
  lengths: usize,
  symbols: i32,
  limit: i32,
): void {
  memory.fill(lengths, 0, symbols);
  let n = 0;
  for (let s = 0; s < symbols; s++) {
    if (load<u32>(counts + (s << 2)) !== 0) {
      store<u32>(SORTED + (n << 2), s);
      n++;
    }
  }
  if (n === 0) return;
  if (n === 1) {
    store<u8>(lengths + load<u32>(SORTED), 1);
    return;
  }
  // Shell sort by count, ties by symbol: few symbols, already nearly in order of nothing.
  for (let gap = 132; gap > 0; gap = gap === 132 ? 57 : gap === 57 ? 23 : gap === 23 ? 10 : gap === 10 ? 4 : gap === 4 ? 1 : 0) {
    for (let i = gap; i < n; i++) {
      const s = load<u32>(SORTED + (i << 2));
      const key = (<u64> load<u32>(counts + (s << 2)) << 9) | s;
      let j = i;
      while (j >= gap) {
        const t = load<u32>(SORTED + ((j - gap) << 2));
        if (((<u64> load<u32>(counts + (t << 2)) << 9) | t) <= key) break;
        store<u32>(SORTED + (j << 2), t);
        j -= gap;
      }
      store<u32>(SORTED + (j << 2), s);
    }
  }
  for (let i = 0; i < n; i++) {
    setTree(i, load<u32>(counts + (load<u32>(SORTED + (i << 2)) << 2)));
  }
  // Phase 1: parents, left to right.
  let leaf = 2;
  let root = 0;
  setTree(0, tree(0) + tree(1));
  for (let next = 1; next < n - 1; next++) {
    if (leaf >= n || tree(root) < tree(leaf)) {
      setTree(next, tree(root));
      setTree(root++, next);
    } else setTree(next, tree(leaf++));
    if (leaf >= n || (root < next && tree(root) < tree(leaf))) {
      setTree(next, tree(next) + tree(root));
      setTree(root++, next);
    } else setTree(next, tree(next) + tree(leaf++));
  }
  // Phase 2: depths of inner nodes, right to left.
  setTree(n - 2, 0);
  for (let next = n - 3; next >= 0; next--) {
    setTree(next, tree(tree(next)) + 1);
  }
  // Phase 3: depths of leaves.
  let available = 1;
  let used = 0;
  let depth = 0;
  root = n - 2;
  let next = n - 1;
  while (available > 0) {
    while (root >= 0 && tree(root) === depth) {
      used++;
      root--;
    }
    while (available > used) {
      setTree(next--, depth);
      available--;
    }
    available = 2 * used;
    depth++;
    used = 0;
  }
  // Leaves now have depths in falling order; cut, and pay for it.
  let kraft: i64 = 0;
  const one: i64 = <i64> 1 << limit;
  for (let i = 0; i < n; i++) {
    if (tree(i) > limit) setTree(i, limit);
    kraft += one >> tree(i);
  }
  // Too much: lengthen the rarest codes that can still grow.
  for (let i = 0; kraft > one; i = i + 1 < n ? i + 1 : 0) {
    const length = tree(i);
    if (length < limit) {
      setTree(i, length + 1);
      kraft -= one >> (length + 1);
    }
  }
  // Room left over: shorten the commonest that fit.
  for (let i = n - 1; i >= 0; i--) {
    while (tree(i) > 1 && kraft + (one >> tree(i)) <= one) {
      kraft += one >> tree(i);
      setTree(i, tree(i) - 1);
    }
  }
  for (let i = 0; i < n; i++) {
    store<u8>(lengths + load<u32>(SORTED + (i << 2)), tree(i));
  }
}

// @ts-ignore: decorator
@inline
function tree(i: i32): i32 {
  return load<i32>(TREE + (i << 2));
}

// @ts-ignore: decorator
@inline
function setTree(i: i32, value: i32): void {
  store<i32>(TREE + (i << 2), value);
}

// Canonical codes of `lengths`, bits reversed as deflate sends them.
function huffmanCodes(lengths: usize, codes: usize, symbols: i32): void {
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    for (let s = 0; s < symbols; s++) {
      if (load<u8>(lengths + s) !== length) continue;
      let reversed = 0;
      for (let k = 0; k < length; k++) {
        reversed |= ((code >> k) & 1) << (length - 1 - k);
      }
      store<u32>(codes + (s << 2), (reversed << 8) | length);
      code++;
    }
    code <<= 1;
  }
}

// ---- One deflate block ----------------------------------------------------

// @ts-ignore: decorator
@inline
function count(copy: usize, symbol: u32): void {
  const at = COUNTS + copy * 1152 + (<usize> symbol << 2);
  store<u32>(at, load<u32>(at) + 1);
}

// @ts-ignore: decorator
@inline
function putSymbol(symbol: u32): void {
  const entry = load<u32>(CODES + (<usize> symbol << 2));
  put(entry >> 8, entry & 255);
}

// Bytes of zero from `at` on, at most MAX_RUN, before `end`.
function zeros(at: usize, end: usize): i32 {
  const start = at;
  const stop = min(end, at + MAX_RUN);
  while (at + 8 <= stop && load<u64>(at) === 0) at += 8;
  while (at < stop && load<u8>(at) === 0) at++;
  return <i32> (at - start);
}

// Length symbol and its extra bits for a match of `run` bytes, 3..258.
function lengthSymbol(run: i32): u32 {
  return 257 + load<u8>(RUN_SYMBOL + run);
}

function extraBits(symbol: u32): u32 {
  return symbol < 265 || symbol === 285 ? 0 : (symbol - 261) >> 2;
}

function lengthBase(symbol: u32): u32 {
  if (symbol < 265) return symbol - 254;
  if (symbol === 285) return 258;
  const extra = (symbol - 261) >> 2;
  return 3 + ((4 + ((symbol - 265) & 3)) << extra);
}

function fillRunSymbols(): void {
  for (let symbol: u32 = 257; symbol < 286; symbol++) {
    const base = lengthBase(symbol);
    const values: u32 = 1 << extraBits(symbol);
    for (let k: u32 = 0; k < values && base + k < 259; k++) {
      store<u8>(RUN_SYMBOL + base + k, symbol - 257);
    }
  }
  store<u8>(RUN_SYMBOL + 258, 28);
}

// Deflates [at, end) as one block with codes of its own: literals, and runs of
// zeros as matches at distance one.
function deflateBlock(at: usize, end: usize, last: bool): void {
  memory.fill(COUNTS, 0, 4 * 1152);
  let runs = false;
  let zeroLiterals = 0;
  let p = at;
  while (p < end) {
    if (end - p >= 4) {
      const four = load<u32>(p);
      if (four !== 0) {
        count(0, four & 255);
        count(1, (four >> 8) & 255);
        count(2, (four >> 16) & 255);
        count(3, four >> 24);
        p += 4;
        continue;
      }
      const run = zeros(p, end);
      p += run;
      if (run >= MIN_RUN) {
        // A zero first, for the match to look back at.
        zeroLiterals++;
        count(0, lengthSymbol(run - 1));
        runs = true;
      } else zeroLiterals += run;
      continue;
    }
    count(0, load<u8>(p++));
  }
  count(0, END_OF_BLOCK);
  store<u32>(COUNTS, load<u32>(COUNTS) + zeroLiterals);
  for (let s = 0; s < SYMBOLS; s++) {
    const entry = COUNTS + (s << 2);
    store<u32>(
      entry,
      load<u32>(entry) + load<u32>(entry + 1152) + load<u32>(entry + 2304) +
        load<u32>(entry + 3456),
    );
  }
  huffmanLengths(COUNTS, LENGTHS, SYMBOLS, MAX_BITS);
  huffmanCodes(LENGTHS, CODES, SYMBOLS);
  putBlockHeader(runs, last);

  p = at;
  while (p < end) {
    if (end - p >= 4) {
      const four = load<u32>(p);
      if (four !== 0) {
        putSymbol(four & 255);
        putSymbol((four >> 8) & 255);
        putSymbol((four >> 16) & 255);
        putSymbol(four >> 24);
        flush();
        p += 4;
        continue;
      }
      const run = zeros(p, end);
      p += run;
      putSymbol(0);
      if (run >= MIN_RUN) {
        const symbol = lengthSymbol(run - 1);
        putSymbol(symbol);
        put(run - 1 - lengthBase(symbol), extraBits(symbol));
        // The one distance code, of one bit: zero.
        put(0, 1);
      } else {
        putSymbol(0);
        putSymbol(0);
        putSymbol(0);
        for (let more = run - 4; more > 0; more--) {
          flush();
          putSymbol(0);
        }
      }
      flush();
      continue;
    }
    putSymbol(load<u8>(p++));
    flush();
  }
  putSymbol(END_OF_BLOCK);
  flush();
}

// Order in which deflate lists the lengths of the code-length code.
function metaOrder(k: i32): i32 {
  if (k < 3) return 16 + k;
  if (k === 3) return 0;
  const half = (k - 4) >> 1;
  return (k & 1) === 0 ? 8 + half : 7 - half;
}

function putBlockHeader(runs: bool, last: bool): void {
  let literals = SYMBOLS;
  while (load<u8>(LENGTHS + literals - 1) === 0) literals--;
  if (literals < 257) literals = 257;
  // One distance code of one bit, or of none if there is no match.
  store<u8>(LENGTHS + literals, runs ? 1 : 0);
  const total = literals + 1;

  memory.fill(META_COUNTS, 0, 76);
  let tokens: usize = META_TOKENS;
  for (let i = 0; i < total;) {
    const length = load<u8>(LENGTHS + i);
    let run = 1;
    while (i + run < total && load<u8>(LENGTHS + i + run) === length) run++;
    let symbol: u8 = length;
    let extra: u8 = 0;
    let taken = 1;
    if (length === 0 && run >= 11) {
      taken = min(run, 138);
      symbol = 18;
      extra = <u8> (taken - 11);
    } else if (length === 0 && run >= 3) {
      taken = run;
      symbol = 17;
      extra = <u8> (taken - 3);
    } else if (i > 0 && length === load<u8>(LENGTHS + i - 1) && run >= 3) {
      taken = min(run, 6);
      symbol = 16;
      extra = <u8> (taken - 3);
    }
    store<u8>(tokens, symbol);
    store<u8>(tokens + 1, extra);
    tokens += 2;
    const entry = META_COUNTS + (<usize> symbol << 2);
    store<u32>(entry, load<u32>(entry) + 1);
    i += taken;
  }
  huffmanLengths(META_COUNTS, META_LENGTHS, 19, 7);
  huffmanCodes(META_LENGTHS, META_CODES, 19);
  let listed = 19;
  while (listed > 4 && load<u8>(META_LENGTHS + metaOrder(listed - 1)) === 0) {
    listed--;
  }

  put(last ? 1 : 0, 1);
  put(2, 2);
  put(literals - 257, 5);
  put(0, 5);
  put(listed - 4, 4);
  flush();
  for (let k = 0; k < listed; k++) {
    put(load<u8>(META_LENGTHS + metaOrder(k)), 3);
    flush();
  }
  for (let token: usize = META_TOKENS; token < tokens; token += 2) {
    const symbol = load<u8>(token);
    const entry = load<u32>(META_CODES + (<usize> symbol << 2));
    put(entry >> 8, entry & 255);
    if (symbol >= 16) {
      put(load<u8>(token + 1), symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
    }
    flush();
  }
}

// ---- Check sums -----------------------------------------------------------

// Fills the tables; called once, before all else.
export function initialize(): void {
  fillRunSymbols();
  for (let i: u32 = 0; i < 256; i++) {
    let value = i;
    for (let k = 0; k < 8; k++) {
      value = value & 1 ? (value >>> 1) ^ CRC_POLYNOMIAL : value >>> 1;
    }
    store<u32>(CRC_TABLE + (i << 2), value);
  }
  for (let i: usize = 0; i < 256; i++) {
    for (let slice: usize = 1; slice < 8; slice++) {
      const before = load<u32>(CRC_TABLE + ((slice - 1) << 10) + (i << 2));
      store<u32>(
        CRC_TABLE + (slice << 10) + (i << 2),
        load<u32>(CRC_TABLE + ((before & 255) << 2)) ^ (before >>> 8),
      );
    }
  }
}

// @ts-ignore: decorator
@inline
function crcEntry(slice: usize, byte: u32): u32 {
  return load<u32>(CRC_TABLE + (slice << 10) + (<usize> (byte & 255) << 2));
}

// CRC-32 of `length` bytes at `at`, continuing `crc`, 0 to begin with.
export function crc32(at: usize, length: i32, crc: u32): u32 {
  crc = ~crc;
  for (; length >= 8; length -= 8) {
    const low = load<u32>(at) ^ crc;
    const high = load<u32>(at, 4);
    crc = crcEntry(7, low) ^ crcEntry(6, low >>> 8) ^ crcEntry(5, low >>> 16) ^
      crcEntry(4, low >>> 24) ^ crcEntry(3, high) ^ crcEntry(2, high >>> 8) ^
      crcEntry(1, high >>> 16) ^ crcEntry(0, high >>> 24);
    at += 8;
  }
  for (; length > 0; length--) {
    crc = crcEntry(0, crc ^ load<u8>(at++)) ^ (crc >>> 8);
  }
  return ~crc;
}

// ---- Scanlines ------------------------------------------------------------

// Four RGBA pixels a step to RGB; writes up to 4 bytes past the row.
function packRgb(from: usize, to: usize, pixels: i32): void {
  let k = 0;
  for (; k + 4 <= pixels; k += 4) {
    v128.store(
      to,
      i8x16.shuffle(v128.load(from), i8x16.splat(0), 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 16, 16, 16),
    );
    from += 16;
    to += 12;
  }
  for (; k < pixels; k++) {
    store<u32>(to, load<u32>(from));
    from += 4;
    to += 3;
  }
}

// 16-bit samples to big endian; writes up to 14 bytes past the row.
function packGrey16(from: usize, to: usize, pixels: i32): void {
  for (let k = 0; k < pixels; k += 8) {
    v128.store(
      to + (k << 1),
      i8x16.shuffle(v128.load(from + (k << 1)), i8x16.splat(0), 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14),
    );
  }
}

// @ts-ignore: decorator
@inline
function paeth(left: v128, up: v128, corner: v128): v128 {
  // In 16 bits: predictor = whichever of left, up, corner is nearest to left + up - corner.
  const toLeft = i16x8.abs(i16x8.sub(up, corner));
  const toUp = i16x8.abs(i16x8.sub(left, corner));
  const toCorner = i16x8.abs(
    i16x8.add(i16x8.sub(up, corner), i16x8.sub(left, corner)),
  );
  const upOrCorner = v128.bitselect(up, corner, i16x8.le_s(toUp, toCorner));
  return v128.bitselect(
    left,
    upOrCorner,
    v128.and(i16x8.le_s(toLeft, toUp), i16x8.le_s(toLeft, toCorner)),
  );
}

// Residuals of `length` bytes at `row` to `to`; `above` is the row before.
// Sixteen zero bytes precede each row. Writes up to 15 bytes past the end.
function filterRow(
  row: usize,
  above: usize,
  to: usize,
  length: i32,
  pixelBytes: usize,
): void {
  for (let i: usize = 0; i < <usize> length; i += 16) {
    const x = v128.load(row + i);
    const left = v128.load(row + i - pixelBytes);
    const up = v128.load(above + i);
    const corner = v128.load(above + i - pixelBytes);
    const low = paeth(
      i16x8.extend_low_i8x16_u(left),
      i16x8.extend_low_i8x16_u(up),
      i16x8.extend_low_i8x16_u(corner),
    );
    const high = paeth(
      i16x8.extend_high_i8x16_u(left),
      i16x8.extend_high_i8x16_u(up),
      i16x8.extend_high_i8x16_u(corner),
    );
    v128.store(to + i, i8x16.sub(x, i8x16.narrow_i16x8_u(low, high)));
  }
}

let rowBytes: i32 = 0;
let rowWidth: i32 = 0;
let rowFormat: i32 = 0;
let thisRow: usize = 0;
let rowAbove: usize = 0;

// Begins a deflate stream for rows of `width` pixels; `rows` is room for two
// padded rows, rowSpace(width) bytes. Format: 1 for 16-bit grey, 3 for RGB out
// of RGBA, 4 for RGBA.
export function openStream(rows: usize, width: i32, format: i32): void {
  bits = 0;
  pending = 0;
  adlerLow = 1;
  adlerHigh = 0;
  rowWidth = width;
  rowFormat = format;
  rowBytes = width * pixelBytesOf(format);
  memory.fill(rows, 0, rowSpace(width));
  thisRow = rows + 16;
  rowAbove = thisRow + (rowSpace(width) >> 1);
}

function pixelBytesOf(format: i32): i32 {
  return format === 1 ? 2 : format;
}

// Room for a band: no code of Huffman's is longer on average than nine bits.
export function bandSpace(width: i32, rows: i32): i32 {
  const bytes = rows * (4 * width + 1);
  return bytes + (bytes >> 3) + 1024;
}

// Bytes of two rows of `width` pixels with their margins.
export function rowSpace(width: i32): i32 {
  return 2 * (((width * 4 + 15) & ~15) + 48);
}

// Filters `rows` rows at `from` into the work space at `work`, of
// rows * (4 * width + 1) + 16 bytes, and deflates them as one block to `to`, of
// bandSpace(width, rows) bytes; the last one with Adler's sum, as zlib ends.
// Returns the address past the last whole byte; a band's last bits wait for the
// next.
export function encodeBand(
  from: usize,
  work: usize,
  to: usize,
  rows: i32,
  last: bool,
): usize {
  const pixelBytes = pixelBytesOf(rowFormat);
  const sourceBytes = rowWidth * (rowFormat === 1 ? 2 : 4);
  let line = work;
  for (let y = 0; y < rows; y++) {
    if (rowFormat === 3) packRgb(from, thisRow, rowWidth);
    else if (rowFormat === 1) packGrey16(from, thisRow, rowWidth);
    else memory.copy(thisRow, from, sourceBytes);
    // Past the row lies what packing spilled; residuals there are overwritten by the next row.
    store<u8>(line++, 4);
    filterRow(thisRow, rowAbove, line, rowBytes, pixelBytes);
    line += rowBytes;
    from += sourceBytes;
    const swap = thisRow;
    thisRow = rowAbove;
    rowAbove = swap;
  }
  adler(work, <i32> (line - work));
  out = to;
  deflateBlock(work, line, last);
  if (last) {
    if (pending > 0) {
      store<u8>(out++, <u8> bits);
      bits = 0;
      pending = 0;
    }
    store<u32>(out, bswap<u32>((adlerHigh << 16) | adlerLow));
    out += 4;
  }
  return out;
}

// ---- Lanczos --------------------------------------------------------------

// @ts-ignore: decorator
@inline
function loadPixel(at: usize): v128 {
  return i32x4.extend_low_i16x8_u(
    i16x8.extend_low_i8x16_u(v128.load32_zero(at)),
  );
}

// @ts-ignore: decorator
@inline
function storePixel(at: usize, sum: v128, shift: i32): void {
  const shifted = i32x4.shr_s(sum, shift);
  const narrow = i16x8.narrow_i32x4_s(shifted, shifted);
  v128.store32_lane(at, i8x16.narrow_i16x8_u(narrow, narrow), 0);
}

// RGBA rows of `fromWidth` pixels at `from` to rows of `toWidth` at `to`. Each
// target pixel is the sum of `taps` source pixels from first[x] on, weighted by
// shares[x * taps + k], i32 with `shift` bits after the point.
export function resizeRows(
  from: usize,
  to: usize,
  rows: i32,
  fromWidth: i32,
  toWidth: i32,
  first: usize,
  shares: usize,
  taps: i32,
  shift: i32,
): void {
  const half = i32x4.splat(1 << (shift - 1));
  for (let y = 0; y < rows; y++) {
    let share = shares;
    for (let x = 0; x < toWidth; x++) {
      let at = from + (load<u32>(first + (x << 2)) << 2);
      let sum = half;
      for (let k = 0; k < taps; k++) {
        sum = i32x4.add(
          sum,
          i32x4.mul(loadPixel(at), v128.load32_splat(share)),
        );
        at += 4;
        share += 4;
      }
      storePixel(to, sum, shift);
      to += 4;
    }
    from += <usize> fromWidth << 2;
  }
}

// RGBA columns: `toHeight` rows of `width` pixels, each the weighted sum of
// `taps` rows from first[y] on.
export function resizeColumns(
  from: usize,
  to: usize,
  width: i32,
  toHeight: i32,
  first: usize,
  shares: usize,
  taps: i32,
  shift: i32,
): void {
  const half = i32x4.splat(1 << (shift - 1));
  const stride: usize = <usize> width << 2;
  for (let y = 0; y < toHeight; y++) {
    const top = from + load<u32>(first + (y << 2)) * stride;
    const weights = shares + (<usize> (y * taps) << 2);
    for (let x = 0; x < width; x++) {
      let at = top + (x << 2);
      let sum = half;
      for (let k = 0; k < taps; k++) {
        sum = i32x4.add(
          sum,
          i32x4.mul(loadPixel(at), v128.load32_splat(weights + (k << 2))),
        );
        at += stride;
      }
      storePixel(to, sum, shift);
      to += 4;
    }
  }
}
