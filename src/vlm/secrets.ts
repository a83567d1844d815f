/**
 * Keeps keys out of everything that is shown or stored.
 *
 * @module
 */

/** Shorter keys ("EMPTY", "k") are words: replacing them would only garble text. */
const MIN_LENGTH = 6;

/** Names of headers whose values are secret. */
const SECRET_HEADER = /auth|key|token|secret|cookie|password/i;

/** The secret parts of `headers`: values by telling names, without scheme and templates. */
export function secretsIn(
  headers: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(headers)
    .filter(([name]) => SECRET_HEADER.test(name))
    .flatMap(([, value]) => [value, value.replace(/^\w+ +/, "")])
    .flatMap((value) => value.split("{agent}"));
}

/** Replaces `secrets` in texts: as they are, and with characters escaped as JSON and URLs allow. */
export class Redactor {
  readonly #secrets: RegExp | undefined;

  /** @param secrets undefined and short ones are passed over */
  constructor(secrets: readonly (string | undefined)[]) {
    const hidden = secrets
      .filter((secret = "") => secret.length >= MIN_LENGTH)
      .sort((a, b) => b!.length - a!.length);
    if (hidden.length > 0) {
      this.#secrets = new RegExp(
        hidden.map((secret) => [...secret!].map(anyForm).join("")).join("|"),
        "g",
      );
    }
  }

  /** `text` with `***` for each secret. */
  redact(text: string): string {
    return this.#secrets === undefined
      ? text
      : text.replace(this.#secrets, "***");
  }

  /** `value` as JSON, its strings redacted. */
  stringify(value: unknown): string {
    return JSON.stringify(
      value,
      (_, part) => typeof part === "string" ? this.redact(part) : part,
    );
  }
}

/** Matches `character` as it is, after a backslash, as `\u0041` and as `%41`. */
function anyForm(character: string): string {
  const units = Array.from(
    { length: character.length },
    (_, at) => `\\\\u${anyCase(character.charCodeAt(at), 4)}`,
  );
  const bytes = [...new TextEncoder().encode(character)]
    .map((byte) => `%${anyCase(byte, 2)}`);
  return `(?:\\\\?${RegExp.escape(character)}|${units.join("")}|${
    bytes.join("")
  })`;
}

/** `number` in hexadecimal digits of either case. */
function anyCase(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0")
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}
