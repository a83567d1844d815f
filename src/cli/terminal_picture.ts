/**
 * Pictures in a terminal that can show them, by kitty's graphics protocol or
 * iTerm2's inline images.
 *
 * Sources: sw.kovidgoyal.net/kitty/graphics-protocol, iterm2.com/documentation-images.
 *
 * @module
 */

import { readEnv } from "./permissions.ts";

/** How a terminal is told to show a picture. */
export type PictureProtocol = "kitty" | "iterm2";

/** Size of a picture, character cells. */
const COLUMNS = 24;
const ROWS = 12;

/** Base64 characters that kitty takes at once. */
const CHUNK = 4096;

/**
 * The protocol of the terminal, as its environment tells; none where it tells
 * nothing, may not be read, or asks for plain text (NO_COLOR, TERM=dumb).
 */
export function pictureProtocol(
  read: (variable: string) => string | undefined = readEnv,
): PictureProtocol | undefined {
  if (read("NO_COLOR") || read("TERM") === "dumb") return undefined;
  // Multiplexers swallow what they do not know.
  if (read("TMUX") || read("STY")) return undefined;
  const program = read("TERM_PROGRAM") ?? "";
  if (
    read("KITTY_WINDOW_ID") || /kitty|ghostty/i.test(read("TERM") ?? "") ||
    /ghostty/i.test(program)
  ) return "kitty";
  return /^(iTerm\.app|WezTerm|vscode|mintty)$/.test(program)
    ? "iterm2"
    : undefined;
}

/** What shows the PNG `base64`, and a line break after it. */
export function pictureText(base64: string, protocol: PictureProtocol): string {
  if (protocol === "iterm2") {
    return `\x1b]1337;File=inline=1;width=${COLUMNS};height=${ROWS};preserveAspectRatio=1:${base64}\x07\n`;
  }
  const parts: string[] = [];
  for (let at = 0; at < base64.length; at += CHUNK) {
    const more = at + CHUNK < base64.length ? 1 : 0;
    const first = at === 0 ? `a=T,f=100,q=2,c=${COLUMNS},r=${ROWS},` : "";
    parts.push(`\x1b_G${first}m=${more};${base64.slice(at, at + CHUNK)}\x1b\\`);
  }
  return `${parts.join("")}\n`;
}
