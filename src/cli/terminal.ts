/**
 * The program's two streams: events and data on stdout, everything for people
 * on stderr.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Writes all of `text` to stdout; resolves when the system has taken it. */
export async function writeOut(text: string | Uint8Array): Promise<void> {
  await writeAll(
    Deno.stdout,
    typeof text === "string" ? encoder.encode(text) : text,
  );
}

/** Writes one line to stderr. */
export function say(line: string): void {
  writeError(`${line}\n`);
}

/** Writes to stderr; a closed stderr is nobody's loss. */
export function writeError(text: string): void {
  try {
    let rest = encoder.encode(text);
    while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
  } catch (fault) {
    if (!isClosedPipe(fault)) throw fault;
  }
}

/** Writes one line to stderr that may hold words from a file or a model: see {@linkcode printable}. */
export function tell(line: string): void {
  say(printable(line));
}

/** Whether a write failed because the reader has left. */
export function isClosedPipe(fault: unknown): boolean {
  return fault instanceof Deno.errors.BrokenPipe ||
    fault instanceof Deno.errors.ConnectionReset;
}

/**
 * `text` with everything escaped that a terminal could act on: C0 and C1
 * controls, line breaks, and the marks that turn the direction of writing.
 * What a model or a file says is shown through this.
 */
export function printable(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) =>
      character === "\n" || character === "\t"
        ? " "
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

async function writeAll(
  sink: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await sink.write(rest));
}
