/**
 * How much the system takes ahead of a reader. Linux takes up to 4 MB of what a
 * reader has no room for: of 200 that stand still, each is sent to for many
 * seconds, in the live readers' time, and some 600 of them use up the memory
 * that the system has for TCP. `TCP_NOTSENT_LOWAT` bounds what waits unsent and
 * leaves what is under way alone, so that it slows nobody down.
 *
 * Neither Deno nor Node can set it, so that it goes by the foreign function
 * interface; where that is not permitted, the system's own
 * `net.ipv4.tcp_notsent_lowat` holds.
 *
 * @module
 */

import type { Server } from "node:http";

/** Bytes that may wait unsent: as many as a reader is given at once. */
const sendAheadBytes = 65_536;

// <netinet/in.h>, <netinet/tcp.h> of Linux.
const protocolTcp = 6;
const notSentLowWater = 25;

const symbols = {
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** A handle of Deno's `node:http`. */
interface Handle {
  /** Another descriptor of the same socket, for whoever calls to close. */
  fdForIpc?(): number;
}

/**
 * Bounds what the system takes ahead of each reader whom `server` accepts from
 * now on: connections inherit it from the socket that listens.
 *
 * @returns Whether it did.
 */
export function boundSendAhead(server: Server): boolean {
  if (Deno.build.os !== "linux") return false;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") {
    return false; // Asking would prompt.
  }
  const libc = openLibc();
  if (libc === undefined) return false;
  const { setsockopt, close } = libc.symbols;
  const { _handle: handle } = server as { _handle?: Handle };
  const descriptor = handle?.fdForIpc?.() ?? -1;
  const value = Uint32Array.of(sendAheadBytes);
  const result = setsockopt(
    descriptor,
    protocolTcp,
    notSentLowWater,
    value,
    value.byteLength,
  );
  if (descriptor >= 0) close(descriptor);
  libc.close();
  return result === 0;
}

function openLibc(): Deno.DynamicLibrary<typeof symbols> | undefined {
  try {
    return Deno.dlopen("libc.so.6", symbols);
  } catch {
    return undefined; // Another libc, or no descriptor left to open it.
  }
}
