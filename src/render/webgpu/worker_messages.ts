/**
 * What the renderer's worker and its proxy say to each other.
 *
 * @module
 */

import { DeviceMemoryError } from "../../gpu/buffers.ts";
import type { Splats } from "../../scene/splats.ts";
import type { Camera } from "../camera.ts";
import type { View } from "../renderer.ts";

/** To the worker. The arrays of `splats` are shared, not copied, if they lie in shared memory. */
export type ToWorker =
  | { readonly type: "start"; readonly splats: Splats }
  | {
    readonly type: "render";
    readonly id: number;
    readonly cameras: readonly Camera[];
    readonly withObjectIds: boolean;
  }
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "dispose" };

/** From the worker. The memory of `views` is handed over. */
export type FromWorker =
  | { readonly type: "ready"; readonly description: string }
  | { readonly type: "refused"; readonly error: PlainError }
  | { readonly type: "lost" }
  | {
    readonly type: "views";
    readonly id: number;
    readonly views: readonly View[];
    readonly description: string;
  }
  | { readonly type: "failed"; readonly id: number; readonly error: PlainError }
  | { readonly type: "disposed" };

/** An error that survives the way between threads with its class. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly bytesAsked?: number;
}

/** `error` as plain data. */
export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error) };
  }
  const { name, message } = error;
  return error instanceof DeviceMemoryError
    ? { name, message, bytesAsked: error.bytesAsked }
    : { name, message };
}

/** The error again; of the classes that callers tell apart. */
export function fromPlainError(plain: PlainError): Error {
  const { name, message, bytesAsked = 0 } = plain;
  if (name === "RangeError") return new RangeError(message);
  if (name === "DeviceMemoryError") {
    return new DeviceMemoryError(message, bytesAsked);
  }
  return new Error(message);
}
