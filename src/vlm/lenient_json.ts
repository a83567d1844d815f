/**
 * JSON objects in what a model says: between words, in fences, after thinking,
 * and written a little wrong.
 *
 * @module
 */

/** Nesting at which reading stops. */
const MAX_DEPTH = 16;

/** What reading a value came to: the value, and the index after it. */
type Read = { readonly value: unknown; readonly end: number } | undefined;

/**
 * The objects in `text`, outermost only, in order. Accepts beside JSON: NaN,
 * Infinity, None, True, False, trailing commas, single quotes, bare keys and
 * raw newlines in strings. An object that is cut off is no object.
 */
export function* jsonObjects(
  text: string,
): Generator<Readonly<Record<string, unknown>>, void> {
  for (let at = text.indexOf("{"); at >= 0; at = text.indexOf("{", at)) {
    const read = readObject(text, at, 0);
    if (read === undefined) {
      at++;
    } else {
      yield read.value as Record<string, unknown>;
      at = read.end;
    }
  }
}

/** How models mark that they think aloud: Qwen, DeepSeek, GLM; Kimi-VL; Magistral. */
const OPENED = String.raw`(<think(ing)?>|◁think▷|\[THINK\])`;
const CLOSED = String.raw`(</think(ing)?>|◁/think▷|\[/THINK\])`;
const THOUGHT = new RegExp(`${OPENED}[^]*?${CLOSED}`, "gi");
/** Templates often open the tag in the prompt, so that only its end is seen. */
const END_OF_THOUGHT = new RegExp(`^[^]*${CLOSED}`, "i");
const ENDLESS_THOUGHT = new RegExp(`${OPENED}[^]*$`, "i");

/** `text` without what a model thought aloud in tags; a thought that never ends hides all after it. */
export function withoutThinking(text: string): string {
  // Cut at the last end, so that no search for an end runs in vain.
  const end = END_OF_THOUGHT.exec(text)?.[0].length ?? 0;
  const head = text.slice(0, end).replace(THOUGHT, "")
    .replace(END_OF_THOUGHT, "");
  return head + text.slice(end).replace(ENDLESS_THOUGHT, "");
}

/**
 * What a model said: its answer without thoughts in tags; where that is empty,
 * what the server took for its thinking, as some put all text there.
 */
export function spokenText(
  { text, reasoning }: { readonly text: string; readonly reasoning: string },
): string {
  return withoutThinking(text).trim() || withoutThinking(reasoning).trim() ||
    reasoning.trim();
}

function readValue(text: string, at: number, depth: number): Read {
  if (depth > MAX_DEPTH) return undefined;
  switch (text[at]) {
    case "{":
      return readObject(text, at, depth);
    case "[":
      return readArray(text, at, depth);
    case '"':
    case "'":
      return readString(text, at);
    default:
      return readWord(text, at);
  }
}

function readObject(text: string, start: number, depth: number): Read {
  const value: Record<string, unknown> = Object.create(null);
  let at = skipBlanks(text, start + 1);
  while (text[at] !== "}") {
    const key = readKey(text, at);
    if (key === undefined) return undefined;
    at = skipBlanks(text, key.end);
    if (text[at] !== ":") return undefined;
    const item = readValue(text, skipBlanks(text, at + 1), depth + 1);
    if (item === undefined) return undefined;
    value[key.value as string] = item.value;
    at = skipBlanks(text, item.end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
    else if (text[at] !== "}") return undefined;
  }
  return { value, end: at + 1 };
}

function readArray(text: string, start: number, depth: number): Read {
  const value: unknown[] = [];
  let at = skipBlanks(text, start + 1);
  while (text[at] !== "]") {
    const item = readValue(text, at, depth + 1);
    if (item === undefined) return undefined;
    value.push(item.value);
    at = skipBlanks(text, item.end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
    else if (text[at] !== "]") return undefined;
  }
  return { value, end: at + 1 };
}

function readKey(text: string, at: number): Read {
  if (text[at] === '"' || text[at] === "'") return readString(text, at);
  const word = match(/[A-Za-z_]\w*/y, text, at);
  return word === undefined
    ? undefined
    : { value: word, end: at + word.length };
}

function readString(text: string, start: number): Read {
  const quote = text[start];
  let at = start + 1;
  while (at < text.length && text[at] !== quote) {
    at += text[at] === "\\" ? 2 : 1;
  }
  if (at >= text.length) return undefined;
  return { value: unescape(text.slice(start + 1, at)), end: at + 1 };
}

function unescape(raw: string): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(
    /\\(?:u([0-9a-fA-F]{4})|([^]))/g,
    (_, code: string | undefined, letter: string) =>
      code === undefined
        ? ESCAPES[letter] ?? letter
        : String.fromCharCode(parseInt(code, 16)),
  );
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
};

const WORDS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  none: null,
  nan: NaN,
  infinity: Infinity,
  inf: Infinity,
  "-infinity": -Infinity,
  "-inf": -Infinity,
};

function readWord(text: string, at: number): Read {
  const number = match(/[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/y, text, at);
  if (number !== undefined) {
    return { value: Number(number), end: at + number.length };
  }
  const word = match(/-?[A-Za-z]+/y, text, at);
  if (word === undefined) return undefined;
  const key = word.toLowerCase();
  return Object.hasOwn(WORDS, key)
    ? { value: WORDS[key], end: at + word.length }
    : undefined;
}

function match(sticky: RegExp, text: string, at: number): string | undefined {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0];
}

function skipBlanks(text: string, at: number): number {
  BLANKS.lastIndex = at;
  BLANKS.test(text);
  return BLANKS.lastIndex;
}

const BLANKS = /\s*/y;
