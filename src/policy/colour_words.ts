/**
 * Colour words, and which pixels a person would call so. The ranges are wide
 * enough for shadow and lamplight and do not overlap where it matters (red and
 * brown, yellow and beige).
 *
 * @module
 */

/** Hue in degrees [0, 360), saturation and value in [0, 1], both ends included; a hue range may wrap. */
interface ColourRange {
  readonly hue?: readonly [number, number];
  readonly saturation?: readonly [number, number];
  readonly value?: readonly [number, number];
}

const RANGES: Readonly<Record<string, ColourRange>> = {
  red: { hue: [344, 11], saturation: [0.62, 1], value: [0.16, 1] },
  orange: { hue: [14, 38], saturation: [0.68, 1], value: [0.45, 1] },
  yellow: { hue: [40, 66], saturation: [0.5, 1], value: [0.4, 1] },
  green: { hue: [80, 165], saturation: [0.3, 1], value: [0.12, 1] },
  turquoise: { hue: [166, 194], saturation: [0.4, 1], value: [0.2, 1] },
  blue: { hue: [200, 252], saturation: [0.4, 1], value: [0.15, 1] },
  purple: { hue: [256, 318], saturation: [0.3, 1], value: [0.15, 1] },
  pink: { hue: [318, 16], saturation: [0.2, 0.6], value: [0.6, 1] },
  brown: { hue: [10, 38], saturation: [0.38, 0.9], value: [0.12, 0.5] },
  beige: { hue: [24, 52], saturation: [0.14, 0.42], value: [0.5, 1] },
  white: { saturation: [0, 0.16], value: [0.78, 1] },
  grey: { saturation: [0, 0.16], value: [0.28, 0.72] },
  black: { saturation: [0, 1], value: [0, 0.15] },
};

/** Other words for the same colours. */
const SYNONYMS: Readonly<Record<string, string>> = {
  crimson: "red",
  scarlet: "red",
  maroon: "red",
  golden: "yellow",
  gold: "yellow",
  teal: "turquoise",
  cyan: "turquoise",
  aqua: "turquoise",
  navy: "blue",
  violet: "purple",
  lilac: "purple",
  magenta: "purple",
  rose: "pink",
  wooden: "brown",
  cream: "beige",
  tan: "beige",
  gray: "grey",
};

/** The colour that `word` (lower case) stands for, in its plain name. */
export function colourOf(word: string): string | undefined {
  const name = SYNONYMS[word] ?? word;
  return Object.hasOwn(RANGES, name) ? name : undefined;
}

/**
 * Marks the pixels of `data` (r, g, b, a, 0..255) that have the colour `name`:
 * 1 or 0 a pixel, taking each `step`-th pixel of each `step`-th row.
 *
 * @throws {RangeError} If `name` is no colour of {@linkcode colourOf}.
 */
export function maskColour(
  { data, width, height }: {
    readonly data: Uint8Array;
    readonly width: number;
    readonly height: number;
  },
  name: string,
  step: number,
): Uint8Array {
  const range = Object.hasOwn(RANGES, name) ? RANGES[name] : undefined;
  if (range === undefined) {
    throw new RangeError(
      `Cannot look for a colour as its name must be known: current value is ${name}`,
    );
  }
  const { hue, saturation = [0, 1], value = [0, 1] } = range;
  const columns = Math.floor(width / step);
  const rows = Math.floor(height / step);
  const mask = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = 4 * (row * step * width + column * step);
      const red = data[at]!;
      const green = data[at + 1]!;
      const blue = data[at + 2]!;
      const most = Math.max(red, green, blue);
      if (most < 255 * value[0] || most > 255 * value[1]) continue;
      const range = most - Math.min(red, green, blue);
      if (range < most * saturation[0] || range > most * saturation[1]) {
        continue;
      }
      if (hue !== undefined) {
        if (range === 0) continue;
        const sixth = most === red
          ? (green - blue) / range
          : most === green
          ? 2 + (blue - red) / range
          : 4 + (red - green) / range;
        const degrees = sixth < 0 ? 60 * sixth + 360 : 60 * sixth;
        const isIn = hue[0] <= hue[1]
          ? degrees >= hue[0] && degrees <= hue[1]
          : degrees >= hue[0] || degrees <= hue[1];
        if (!isIn) continue;
      }
      mask[row * columns + column] = 1;
    }
  }
  return mask;
}
