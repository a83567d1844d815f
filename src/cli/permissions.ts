/**
 * Asks for nothing: where a permission is not granted, the program says which
 * flag grants it, rather than letting the runtime prompt.
 *
 * @module
 */

import { UsageError } from "../config/mod.ts";

/** Whether reading `path` is granted already. */
export function mayRead(path: string): boolean {
  return isGranted({ name: "read", path });
}

/**
 * @throws {UsageError} If reading `path` is not granted; the message names the flag.
 */
export function requireRead(path: string): void {
  require({ name: "read", path }, `read ${path}`, `--allow-read=${path}`);
}

/**
 * @throws {UsageError} If writing `path` is not granted; the message names the flag.
 */
export function requireWrite(path: string): void {
  require({ name: "write", path }, `write ${path}`, `--allow-write=${path}`);
}

/**
 * @throws {UsageError} If connecting to the host of `url` is not granted; the message names the flag.
 */
export function requireNet(url: string): void {
  const { hostname, port, protocol } = new URL(url);
  const host = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  require({ name: "net", host }, `connect to ${host}`, `--allow-net=${host}`);
}

/**
 * @param server as `--nats` has it
 * @throws {UsageError} If connecting to it is not granted; the message names the flag.
 */
export function requireNats(server: string): void {
  const { hostname, port } = new URL(server);
  requireNet(`http://${hostname}:${port || 4222}`);
}

/**
 * @param scene a path or URL; nothing is needed for the demo flat
 * @throws {UsageError} If reading it is not granted; the message names the flag.
 */
export function requireScene(scene: string | undefined): void {
  if (scene === undefined) return;
  if (/^https?:\/\//i.test(scene)) requireNet(scene);
  else requireRead(scene);
}

/** Value of an environment variable, `undefined` if unset or not granted. */
export function readEnv(variable: string): string | undefined {
  return isGranted({ name: "env", variable })
    ? Deno.env.get(variable)
    : undefined;
}

function require(
  descriptor: Deno.PermissionDescriptor,
  action: string,
  flag: string,
): void {
  if (isGranted(descriptor)) return;
  throw new UsageError(
    `Cannot ${action} as the permission is not granted: run with ${flag} (or deno run -A)`,
  );
}

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}
