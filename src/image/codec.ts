/**
 * The WebAssembly module behind PNG and Lanczos (codec.as): instances of it
 * and their memory.
 *
 * @module
 */

import { MODULE } from "./codec_wasm.ts";

/** What codec.as exports; addresses and lengths in bytes. */
interface CodecExports {
  readonly memory: WebAssembly.Memory;
  initialize(): void;
  crc32(at: number, length: number, crc: number): number;
  rowSpace(width: number): number;
  bandSpace(width: number, rows: number): number;
  openStream(rows: number, width: number, format: number): void;
  encodeBand(
    from: number,
    work: number,
    to: number,
    rows: number,
    last: number,
  ): number;
  resizeRows(
    from: number,
    to: number,
    rows: number,
    fromWidth: number,
    toWidth: number,
    first: number,
    shares: number,
    taps: number,
    shift: number,
  ): void;
  resizeColumns(
    from: number,
    to: number,
    width: number,
    toHeight: number,
    first: number,
    shares: number,
    taps: number,
    shift: number,
  ): void;
}

/** The tables of codec.as end here, and the caller's memory begins. */
const FIRST_FREE = 65_536;
const PAGE = 65_536;
/** Reads and writes of whole vectors may pass the end of a picture by less than this. */
const SLACK = 64;
/** An instance that has grown beyond this is not kept: 1024x1024 fits. */
const KEPT_BYTES = 16 * 2 ** 20;

let compiled: WebAssembly.Module | undefined;
const idle: Codec[] = [];

/** One instance; its owner alone uses it until it is disposed of. */
export class Codec implements Disposable {
  /** The functions of codec.as. */
  readonly functions: CodecExports;
  #end = FIRST_FREE;

  private constructor() {
    compiled ??= new WebAssembly.Module(Uint8Array.fromBase64(MODULE));
    const { exports } = new WebAssembly.Instance(compiled);
    this.functions = exports as unknown as CodecExports;
    this.functions.initialize();
  }

  /** An instance that nobody else uses. */
  static take(): Codec {
    return idle.pop() ?? new Codec();
  }

  /** Address of `bytes` bytes, all of them valid until the instance is given back. */
  allocate(bytes: number): number {
    const at = this.#end;
    this.#end = (at + bytes + SLACK + 15) & ~15;
    const { memory } = this.functions;
    const missing = this.#end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** Copies `data` to `address`. */
  write(address: number, data: Uint8Array): void {
    new Uint8Array(this.functions.memory.buffer).set(data, address);
  }

  /** A copy of the bytes [from, to). */
  read(from: number, to: number): Uint8Array<ArrayBuffer> {
    const { buffer } = this.functions.memory;
    return new Uint8Array(new Uint8Array(buffer, from, to - from));
  }

  /** Gives the instance back. */
  [Symbol.dispose](): void {
    this.#end = FIRST_FREE;
    const { byteLength } = this.functions.memory.buffer;
    if (byteLength <= KEPT_BYTES) idle.push(this);
  }
}
