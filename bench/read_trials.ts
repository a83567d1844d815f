/**
 * What `bench/read.ts` reads: files by format, who else can read them, and what
 * those readers do of the work.
 *
 * @module
 */

import {
  encodeGlb,
  encodeGltf,
  randomSplats,
} from "../tests/scene/encode_gltf.ts";
import { encodeSogFiles } from "../tests/scene/encode_sog.ts";
import { encodeSpz } from "../tests/scene/encode_spz.ts";
import { encodeZip } from "../tests/scene/encode_zip.ts";

/** A file, and the peers that read it. */
export interface Trial {
  /** Names the file, too. */
  readonly format: string;
  /** Share of `--count`. */
  readonly share: number;
  readonly peers: readonly Peer[];
  /** Makes the file where no public writer does within minutes. @default {a public writer} */
  readonly encode?: (count: number) => Promise<Uint8Array> | Uint8Array;
}

/** A public reader, as `bench/peers/read.ts` knows it. */
export type Peer = keyof typeof PEERS;

/** What a peer's time pays for, beside splatscout's: splats in order, activated, checked, SH in half floats. */
export interface PeerWork {
  /** The difference in words, for the table. */
  readonly does: string;
  /** Whether that is so much that its time is no measure. */
  readonly isPart?: boolean;
}

/** The peers and their work. */
export const PEERS = {
  "splat-transform": { does: "logarithms and logits stay as stored" },
  spark: { does: "packed to 16 bytes a splat, SH to 8 bits" },
  "gaussian-splats-3d": { does: "SH to degree 2" },
  gsplat: { does: "no SH; colours and opacities stay bytes" },
  "spz-js": { does: "logarithms and logits stay as stored" },
  "spz-loader": { does: "logarithms and logits stay as stored" },
  "adobe-spz": { does: "logarithms and logits stay as stored" },
  "gltf-transform": {
    does: "no splats: the bytes of each attribute, copied",
    isPart: true,
  },
  "gltf-transform-splats": { does: "the one above, made splats" },
} as const satisfies Record<string, PeerWork>;

/** All trials. */
export const TRIALS: readonly Trial[] = [
  {
    format: "ply",
    share: 1,
    peers: [
      "splat-transform",
      "spark",
      "gaussian-splats-3d",
      "gsplat",
      "spz-js",
    ],
  },
  {
    format: "compressed-ply",
    share: 1,
    peers: ["splat-transform", "spark", "gaussian-splats-3d"],
  },
  {
    format: "splat",
    share: 1,
    peers: ["splat-transform", "spark", "gaussian-splats-3d", "gsplat"],
  },
  {
    format: "ksplat",
    share: 0.5,
    peers: ["splat-transform", "spark", "gaussian-splats-3d"],
  },
  ...([2, 3, 4] as const).map((version): Trial => ({
    format: `v${version}.spz`,
    share: 1,
    // Version 4 is newer than the others.
    peers: version < 4
      ? ["splat-transform", "spark", "spz-loader", "adobe-spz"]
      : ["adobe-spz"],
    encode: (count) => encodeSpz({ count, version, shDegree: 3 }),
  })),
  {
    format: "sog",
    share: 1,
    peers: ["splat-transform", "spark"],
    encode: async (count) =>
      encodeZip(
        await encodeSogFiles({ count, shDegree: 3, paletteCount: 65_536 }),
      ),
  },
  {
    format: "glb",
    share: 1,
    peers: ["gltf-transform", "gltf-transform-splats"],
    encode: (count) =>
      encodeGlb(encodeGltf({ primitives: [randomSplats(count, 3)] })),
  },
];
