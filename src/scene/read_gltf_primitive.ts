/**
 * glTF, a primitive of splats: KHR_gaussian_splatting, its drafts, and its
 * compression with .spz.
 *
 * @module
 */

import { decodeBlock, openSplatAttributes } from "./read_gltf_attributes.ts";
import type { GltfFile } from "./read_gltf_container.ts";
import type { GltfPrimitive } from "./read_gltf_json.ts";
import { openSpz, type Spz } from "./read_spz_container.ts";
import { decodeSpz } from "./read_spz_decode.ts";
import { spzShWarnings } from "./read_spz_header.ts";
import { SceneFormatError } from "./scene_file.ts";
import { sliceSplats } from "./splat_slice.ts";
import type { Splats } from "./splats.ts";

/** A primitive of splats, checked and ready to be decoded. */
export interface SplatPrimitive {
  readonly count: number;
  /** 0 to 4. */
  readonly fileShDegree: number;
  readonly kind: "KHR_gaussian_splatting" | "draft" | "spz";
  readonly antialiased: boolean;
  readonly warnings: readonly string[];
  /**
   * Writes its splats to `target`, which has as many.
   *
   * @param onBlock is called now and then with how many are done; what it throws ends the decoding.
   * @returns warnings.
   */
  decode(target: Splats, onBlock: (done: number) => void): Promise<string[]>;
}

const EXTENSION = "KHR_gaussian_splatting";

/**
 * The draft of 2025, and writers up to the middle of 2026, stored logarithms of
 * scales: most are negative, which those of the extension never are.
 */
const LOGARITHM_SHARE = 0.5;

/** Splats decoded at a time: their SH stays in the processor's cache. */
const BLOCK = 16384;

/** Whether `primitive` is made of splats: it says so, or has the attributes of the drafts. */
export function isSplatPrimitive(
  { attributes, extensions = {} }: GltfPrimitive,
): boolean {
  return Object.keys(extensions).some((name) => /gaussian_splat/.test(name)) ||
    ("_ROTATION" in attributes && "_SCALE" in attributes);
}

/**
 * Checks a primitive of splats.
 *
 * @param opened .spz by buffer view, which is filled: many primitives may share one.
 * @throws {SceneFormatError} If attributes are missing or of the wrong type.
 */
export async function openSplatPrimitive(
  file: GltfFile,
  primitive: GltfPrimitive,
  opened: Map<number, Spz>,
): Promise<SplatPrimitive> {
  const { attributes, extensions = {} } = primitive;
  const extension = asRecord(extensions[EXTENSION]);
  const warnings = warningsOf(extension);
  const view = spzViewOf(primitive);
  if (view !== undefined) {
    const spz = opened.get(view) ?? await openView(file, view, opened);
    return spzPrimitive(spz, [...warnings, ...spz.warnings]);
  }
  const columns = openSplatAttributes(file, attributes);
  const isDraft = columns.isDraft || !(EXTENSION in extensions);
  return {
    count: columns.count,
    fileShDegree: columns.fileShDegree,
    kind: isDraft ? "draft" : EXTENSION,
    antialiased: false,
    warnings,
    decode: async (target, onBlock) => {
      for (let first = 0; first < target.count; first += BLOCK) {
        const count = Math.min(BLOCK, target.count - first);
        const block = sliceSplats(target, { first, count });
        await decodeBlock(file, columns, { first, target: block });
        onBlock(first + count);
      }
      return repairRanges(target);
    },
  };
}

/** Unpacks the .spz in a buffer view. Views that overlap could unpack the same bytes without end. */
async function openView(
  file: GltfFile,
  view: number,
  opened: Map<number, Spz>,
): Promise<Spz> {
  const length = (index: number): number =>
    file.json.bufferViews[index]?.byteLength ?? 0;
  const packed = [...opened.keys(), view].reduce((n, i) => n + length(i), 0);
  if (packed > file.bufferBytes) {
    throw new SceneFormatError(
      file.name,
      file.container,
      `expected .spz in buffer views that do not overlap, found ${packed} bytes of them in ${file.bufferBytes} bytes of buffers`,
    );
  }
  const spz = openSpz(file.name, await file.readView(view));
  if (spz.tree) {
    throw new SceneFormatError(
      file.name,
      file.container,
      `expected .spz without levels of detail in buffer view ${view}, found some`,
    );
  }
  opened.set(view, spz);
  return spz;
}

/**
 * The numbers are taken as they are: the extension wants left, up, front,
 * .spz holds right, up, back, and viewers leave that half turn about the
 * vertical out.
 */
function spzPrimitive(spz: Spz, warnings: readonly string[]): SplatPrimitive {
  const { count, fileShDegree, antialiased } = spz.header;
  return {
    count,
    fileShDegree,
    kind: "spz",
    antialiased,
    warnings,
    decode: (target, onBlock) => {
      decodeSpz(spz, target, 0);
      onBlock(count);
      return Promise.resolve(spzShWarnings(spz.header));
    },
  };
}

/** The buffer view that holds a .spz, by the names that the extension has had. */
function spzViewOf({ extensions = {} }: GltfPrimitive): number | undefined {
  const base = asRecord(extensions[EXTENSION]);
  const nested = asRecord(base["extensions"]);
  const extension = nested["KHR_gaussian_splatting_compression_spz_2"] ??
    nested["KHR_gaussian_splatting_compression_spz"] ??
    extensions["KHR_spz_gaussian_splats_compression"];
  const view = asRecord(extension)["bufferView"];
  return typeof view === "number" ? view : undefined;
}

/** What the renderer will not do as the file asks. */
function warningsOf(extension: Record<string, unknown>): string[] {
  const { kernel = "ellipse", colorSpace } = extension;
  return [
    ...(kernel === "ellipse"
      ? []
      : [`kernel ${JSON.stringify(kernel)} is drawn as an ellipse`]),
    ...(colorSpace === "lin_rec709_display"
      ? ["colours are linear (lin_rec709_display): they appear too dark"]
      : []),
  ];
}

/** Opacities beyond [0, 1] and scales below 0, which the extension forbids. */
function repairRanges({ opacities, scales }: Splats): string[] {
  let clamped = 0;
  for (let i = 0; i < opacities.length; i++) {
    if (!(opacities[i]! < 0 || opacities[i]! > 1)) continue;
    opacities[i] = Math.min(Math.max(opacities[i]!, 0), 1);
    clamped++;
  }
  let negative = 0;
  for (let i = 0; i < scales.length; i++) if (scales[i]! < 0) negative++;
  if (negative > LOGARITHM_SHARE * scales.length) {
    for (let i = 0; i < scales.length; i++) scales[i] = Math.exp(scales[i]!);
    return [
      "most scales are negative: taken for logarithms, as in a draft of the extension",
    ];
  }
  for (let i = 0; i < scales.length; i++) if (scales[i]! < 0) scales[i] = 0;
  return [
    ...(clamped > 0
      ? [
        `${clamped} ${
          clamped === 1 ? "opacity is" : "opacities are"
        } clamped to [0, 1]`,
      ]
      : []),
    ...(negative > 0
      ? [
        `${negative} negative ${
          negative === 1 ? "scale is" : "scales are"
        } set to 0`,
      ]
      : []),
  ];
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null
    ? value as Record<string, unknown>
    : {};
}
