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

/** Replaces `secrets` in texts, as they are, in JSON and in URLs. */
export class Redactor {
  readonly #forms: readonly string[];

  /** @param secrets undefined and short ones are passed over */
  constructor(secrets: readonly (string | undefined)[]) {
    this.#forms = [
      ...new Set(
        secrets.flatMap((secret = "") =>
          secret.length < MIN_LENGTH ? [] : [
            secret,
            JSON.stringify(secret).slice(1, -1),
            encodeURIComponent(secret),
          ]
        ),
      ),
    ].sort((a, b) => b.length - a.length);
  }

  /** `text` with `***` for each secret. */
  redact(text: string): string {
    return this.#forms.reduce(
      (rest, secret) => rest.replaceAll(secret, "***"),
      text,
    );
  }
}
