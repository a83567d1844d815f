/**
 * How many connections fit into the process's file descriptors.
 *
 * @module
 */

/** Descriptors kept free for files, model calls, what the runtime holds, and connections that come in one rush. */
const reserve = 512;

/** Connections at once where the system does not tell its limit. */
const fallback = 8_192;

/**
 * Connections that may be open at once: the wish, or what the process's limit
 * leaves. Linux tells it in /proc; elsewhere, or without permission to read
 * that, a fixed number holds.
 */
export function connectionLimit(wish: number = Infinity): number {
  const limit = descriptorLimit();
  const room = limit === undefined
    ? fallback
    : Math.max(Math.floor(limit / 4), limit - reserve);
  return Math.min(wish, room);
}

function descriptorLimit(): number | undefined {
  const path = "/proc/self/limits";
  if (Deno.build.os !== "linux") return undefined;
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") {
    return undefined; // Asking would prompt.
  }
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (fault) {
    // Deno shows /proc to those alone who may do everything.
    if (fault instanceof Deno.errors.NotCapable) return undefined;
    throw fault;
  }
  const soft = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
