/**
 * What the baseline understands of a query: a colour before a thing whose
 * usual size it knows, and a word for large or small.
 *
 * @module
 */

import { colourOf } from "./colour_words.ts";

/** Usual extents of a kind of thing, metres; each is [least, most]. */
export interface UsualSize {
  /** Longest extent along the floor, as far as one view shows it. */
  readonly across: readonly [number, number];
  /** Height of its top above the floor. */
  readonly top: readonly [number, number];
  /** Height of its lowest part above the floor. */
  readonly bottom: readonly [number, number];
}

/** What is looked for. */
export interface TargetWords {
  /** Plain colour name, if there is one before the thing. */
  readonly colour?: string;
  /** The thing, singular, if its usual size is known. */
  readonly thing?: string;
  readonly size?: UsualSize;
  /** Why the baseline can never claim a find, in a sentence. */
  readonly unknown?: string;
}

const FLOOR = [-0.15, 0.32] as const;

/** Furniture and household things; the ranges are those of shops, widened for what a view hides. */
const SIZES: Readonly<Record<string, UsualSize>> = {
  chair: { across: [0.3, 0.85], top: [0.68, 1.15], bottom: FLOOR },
  armchair: { across: [0.55, 1.2], top: [0.65, 1.2], bottom: FLOOR },
  stool: { across: [0.25, 0.55], top: [0.35, 0.8], bottom: FLOOR },
  sofa: { across: [1.1, 3.2], top: [0.6, 1.15], bottom: FLOOR },
  bench: { across: [0.8, 2.2], top: [0.35, 1], bottom: FLOOR },
  table: { across: [0.4, 3], top: [0.3, 0.95], bottom: [-0.15, 0.9] },
  bed: { across: [0.9, 2.6], top: [0.35, 1.3], bottom: [-0.15, 0.5] },
  wardrobe: { across: [0.6, 3], top: [1.5, 2.6], bottom: FLOOR },
  cupboard: { across: [0.4, 3], top: [0.5, 2.6], bottom: [-0.15, 1.7] },
  shelf: { across: [0.4, 3], top: [0.6, 2.6], bottom: [-0.15, 1.7] },
  refrigerator: { across: [0.45, 1.1], top: [0.8, 2.1], bottom: FLOOR },
  lamp: { across: [0.1, 0.7], top: [0.25, 2.6], bottom: [-0.15, 2.3] },
  plant: { across: [0.15, 1.4], top: [0.3, 2.4], bottom: [-0.15, 1.4] },
  vase: { across: [0.08, 0.45], top: [0.15, 1.7], bottom: [-0.1, 1.5] },
  cushion: { across: [0.25, 0.75], top: [0.3, 1.1], bottom: [0.15, 0.8] },
  book: { across: [0.1, 0.45], top: [0.05, 2.2], bottom: [-0.1, 2.1] },
  rug: { across: [0.7, 5], top: [-0.1, 0.12], bottom: [-0.15, 0.1] },
  picture: { across: [0.2, 2], top: [1, 2.5], bottom: [0.6, 2] },
  curtain: { across: [0.2, 4], top: [1.6, 2.7], bottom: [-0.15, 1.6] },
  basket: { across: [0.18, 0.6], top: [0.18, 0.7], bottom: FLOOR },
  bowl: { across: [0.1, 0.45], top: [0.05, 1.3], bottom: [-0.1, 1.2] },
  blanket: { across: [0.3, 2.2], top: [0.1, 1], bottom: [-0.1, 0.8] },
  thing: { across: [0.1, 4], top: [0.05, 2.6], bottom: [-0.15, 2.4] },
};

const SYNONYMS: Readonly<Record<string, string>> = {
  seat: "chair",
  couch: "sofa",
  settee: "sofa",
  desk: "table",
  fridge: "refrigerator",
  closet: "wardrobe",
  cabinet: "cupboard",
  bookshelf: "shelf",
  bookcase: "shelf",
  shelves: "shelf",
  bookshelves: "shelf",
  shelve: "shelf",
  pillow: "cushion",
  carpet: "rug",
  painting: "picture",
  poster: "picture",
  object: "thing",
  something: "thing",
  anything: "thing",
  item: "thing",
};

const SMALL = new Set(["small", "little", "tiny"]);
const LARGE = new Set(["large", "big", "huge", "tall"]);

/** Reads `query`; what it cannot use it leaves out. */
export function readTarget(query: string): TargetWords {
  const words = query.toLowerCase().match(/[a-z]+/g) ?? [];
  const at = words.findIndex((word) => thingOf(word) !== undefined);
  const before = at < 0 ? words : words.slice(0, at);
  // The colour nearest before the thing: "the red and white chair" is white enough.
  // After the thing, "anything red" is the only order in use.
  const thing = at < 0 ? undefined : thingOf(words[at]!);
  const colour = before.map(colourOf).findLast((name) => name !== undefined) ??
    (thing === "thing" ? words.map(colourOf).find(Boolean) : undefined);
  const known = {
    ...(colour === undefined ? {} : { colour }),
    ...(thing === undefined
      ? {}
      : { thing, size: sized(SIZES[thing]!, before) }),
  };
  if (colour === undefined) {
    return { ...known, unknown: "the query names no colour that I know" };
  }
  if (thing === undefined) {
    return {
      ...known,
      unknown: `I do not know the size of what is to be ${colour}`,
    };
  }
  return known;
}

function thingOf(word: string): string | undefined {
  for (const form of [word, word.replace(/s$/, ""), word.replace(/es$/, "")]) {
    const name = SYNONYMS[form] ?? form;
    if (Object.hasOwn(SIZES, name)) return name;
  }
  return undefined;
}

/** The lower or upper part of a size if the query says small or large. */
function sized(size: UsualSize, words: readonly string[]): UsualSize {
  const [least, most] = size.across;
  const middle = Math.sqrt(least * most);
  if (words.some((word) => SMALL.has(word))) {
    return { ...size, across: [least, middle] };
  }
  if (words.some((word) => LARGE.has(word))) {
    return { ...size, across: [middle, most] };
  }
  return size;
}
