/**
 * Server-sent events from text that comes in pieces.
 *
 * @module
 */

/**
 * @typedef {object} SseRecord
 * @property {string} id
 * @property {string} data
 */

/** Reads records as EventSource does, for streams that need a header. */
export class SseParser {
  /** Milliseconds that the server wants readers to wait before they come back. */
  retry = 0;
  #rest = "";
  #id = "";
  /** @type {string[]} */
  #data = [];

  /**
   * The records that `text` completes.
   *
   * @param {string} text
   * @returns {Generator<SseRecord, void>}
   */
  *push(text) {
    let start = 0;
    let end = text.indexOf("\n");
    for (; end >= 0; start = end + 1, end = text.indexOf("\n", start)) {
      const line = this.#rest + text.slice(start, end);
      this.#rest = "";
      if (line === "" || line === "\r") {
        if (this.#data.length > 0) {
          yield { id: this.#id, data: this.#data.join("\n") };
        }
        this.#data = [];
      } else this.#field(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    this.#rest += text.slice(start);
  }

  /** @param {string} line */
  #field(line) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const rest = colon < 0 ? "" : line.slice(colon + 1);
    const value = rest.startsWith(" ") ? rest.slice(1) : rest;
    if (name === "data") this.#data.push(value);
    else if (name === "id") this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) {
      this.retry = Number(value);
    }
  }
}
