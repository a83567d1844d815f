/**
 * What the bench asks of a renderer, its own or a peer's: each runs as a
 * process of its own, so that neither memory nor compiled shaders are shared.
 *
 * @module
 */

import type { Vector3 } from "../../src/geometry/vector.ts";

/** A view in the axes of the .ply (y down). */
export interface View {
  readonly position: Vector3;
  readonly target: Vector3;
}

/** One task: the argument of the process, as JSON. */
export interface Task {
  /** Path of the .ply. */
  readonly ply: string;
  readonly views: readonly View[];
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Vertical, degrees. */
  readonly fov: number;
  /** Views rendered before any is timed. */
  readonly warmup: number;
  /** Where the picture of the first timed view goes, lossless. */
  readonly picture: string;
  /** Options of the renderer itself. */
  readonly options?: Record<string, string>;
}

/** The answer: the last line of stdout, as JSON. */
export interface Answer {
  /** Name and version. */
  readonly name: string;
  /** Device or threads. */
  readonly device: string;
  /** Pose to picture bytes, milliseconds, one a view. */
  readonly ms: readonly number[];
  /** From the start of the process to the first picture's bytes, milliseconds. */
  readonly cold: number;
  /** Highest resident memory of the process and its children, MiB. */
  readonly memory: number;
}

/** Reads the task. */
export function task(): Task {
  return JSON.parse(Deno.args[0]!);
}

/** Milliseconds since this process started. */
export function sinceStart(): number {
  const ticks = Deno.readTextFileSync("/proc/self/stat").split(") ")[1]!
    .split(" ")[19]!;
  const [up] = Deno.readTextFileSync("/proc/uptime").split(" ");
  return 1000 * Number(up) - 10 * Number(ticks);
}

/** Peak resident memory of this process, MiB. */
export function peakMemory(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(status.match(/VmHWM:\s+(\d+)/)![1]) / 1024;
}

/** Prints the answer and ends the process. */
export function answer(value: Answer): never {
  // deno-lint-ignore no-console
  console.log(JSON.stringify(value));
  Deno.exit(0);
}

/**
 * A package that only the bench needs. Nobody else has to download it: the
 * specifier is no literal, so that neither checks nor the lock file see it.
 */
// deno-lint-ignore no-explicit-any
export async function load(specifier: string): Promise<any> {
  return await import(specifier);
}
