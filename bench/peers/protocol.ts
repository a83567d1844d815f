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
  /** Where the picture of the last view goes: raw RGBA. */
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
  /** Processor time a view, all threads and child processes, milliseconds. */
  readonly cpu: number;
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

/** This process and all below it. */
function family(): string[] {
  const parents = new Map<string, string>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const [, rest] = read(`/proc/${name}/stat`).split(") ");
    if (rest) parents.set(name, rest.split(" ")[1]!);
  }
  const ours = (id: string): boolean =>
    id === String(Deno.pid) || (parents.has(id) && ours(parents.get(id)!));
  return [...parents.keys()].filter(ours);
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // The process has ended.
  }
}

/** Peak resident memory of this process and those below it, MiB. */
export function peakMemory(): number {
  return family().reduce((sum, id) => {
    const peak = read(`/proc/${id}/status`).match(/VmHWM:\s+(\d+)/);
    return sum + Number(peak?.[1] ?? 0) / 1024;
  }, 0);
}

/** Processor time so far of this process and those below it, milliseconds. */
export function processorTime(): number {
  return family().reduce((sum, id) => {
    const fields = read(`/proc/${id}/stat`).split(") ")[1]?.split(" ") ?? [];
    return sum + 10 * (Number(fields[11] ?? 0) + Number(fields[12] ?? 0));
  }, 0);
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
