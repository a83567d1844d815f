/** The host's reading and writing of `Record` of `shaders/record.wgsl`. */

/** A record in numbers. */
export interface RecordValues {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly l00: number;
  readonly l10: number;
  readonly l11: number;
  readonly opacity: number;
  readonly color: readonly number[];
}

/** The `index`-th of `records`. */
export function readRecord(records: Uint32Array, index: number): RecordValues {
  const words = records.slice(8 * index, 8 * index + 8);
  const floats = new Float32Array(words.buffer);
  const halves = new Float16Array(words.buffer);
  const [x, y, z, , l00, l10, l11] = floats as unknown as number[];
  return {
    x: x!,
    y: y!,
    z: z!,
    l00: l00!,
    l10: l10!,
    l11: l11!,
    opacity: 2 ** ((words[7]! >>> 16) * 8 / 65535 - 8),
    color: [halves[6]!, halves[7]!, halves[14]!],
  };
}

/** The eight words of a record. */
export function writeRecord(
  { x, y, z, l00, l10, l11, opacity, color }: RecordValues,
): Uint32Array {
  const words = new Uint32Array(8);
  const floats = new Float32Array(words.buffer);
  const halves = new Float16Array(words.buffer);
  floats.set([x, y, z, 0, l00, l10, l11]);
  halves.set(color.slice(0, 2), 6);
  halves[14] = color[2]!;
  words[7] = words[7]! & 0xffff |
    Math.round((Math.log2(opacity) / 8 + 1) * 65535) << 16;
  return words;
}

/** log2 of alpha of a record at a pixel's centre. */
export function log2AlphaAt(
  { x, y, l00, l10, l11, opacity }: RecordValues,
  [px, py]: readonly [number, number],
): number {
  const [dx, dy] = [px - x, py - y];
  return Math.log2(opacity) - (l00 * dx + l10 * dy) ** 2 - (l11 * dy) ** 2;
}
