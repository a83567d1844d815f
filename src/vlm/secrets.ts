/**
 * Keeps keys out of everything that is shown or stored.
 *
 * @module
 */

/** Shorter keys ("EMPTY", "k") are words: replacing them would only garble text. */
const MIN_LENGTH = 6;

/** Replaces `secrets` in texts, as they are, in JSON and in URLs. */
export class Redactor {
  readonly #forms: readonly string[];

  /** @param secrets keys and header values; undefined and short ones are passed over */
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
