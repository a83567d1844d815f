/**
 * glTF, the attributes of a primitive of splats: which accessor holds what, by
 * the names of KHR_gaussian_splatting and of its drafts.
 *
 * @module
 */

import {
  type Accessor,
  type Destination,
  openAccessor,
  readBlock,
  writeBlock,
} from "./read_gltf_accessor.ts";
import type { GltfFile } from "./read_gltf_container.ts";
import { SceneFormatError } from "./scene_file.ts";
import { SH_C0, SH_REST_COEFFICIENTS, type Splats } from "./splats.ts";

/** The attributes of a primitive of splats, checked. */
export interface SplatAttributes {
  readonly count: number;
  /** 0 to 3. */
  readonly fileShDegree: number;
  /** Whether the names are those of a draft. */
  readonly isDraft: boolean;
  readonly columns: readonly Column[];
  /** Colours are those of the fallback COLOR_0, [0, 1], not SH. */
  readonly isPlainColor: boolean;
}

/** An accessor and where its numbers go. */
export interface Column {
  readonly accessor: Accessor;
  /** For splats that begin at the block's first. */
  readonly destination: (target: Splats) => Destination;
}

type Arrays = "positions" | "scales" | "colors" | "rotations" | "opacities";

const PREFIX = "KHR_gaussian_splatting:";

/** Highest degree that the extension knows. */
const MAX_DEGREE = 3;

/**
 * Finds the attributes of splats in `attributes`, accessors by name.
 *
 * @throws {SceneFormatError} If one is missing, of another width, or of another count.
 */
export function openSplatAttributes(
  file: GltfFile,
  attributes: Readonly<Record<string, number>>,
): SplatAttributes {
  const prefix = `${PREFIX}ROTATION` in attributes ? PREFIX : "_";
  const has = (name: string): boolean => name in attributes;
  const open = (name: string, widths: readonly number[]): Accessor => {
    const index = attributes[name];
    const accessor = index === undefined
      ? undefined
      : openAccessor(file, index);
    if (!accessor || !widths.includes(accessor.width)) {
      throw fail(
        file,
        `expected an attribute ${name} of ${
          widths.join(" or ")
        } numbers, found ${accessor?.width ?? "none"}`,
      );
    }
    return accessor;
  };
  const columns: Column[] = [
    // Where the file names x, y, z, w, w comes first here.
    column(open("POSITION", [3]), "positions", [0, 1, 2]),
    column(open(`${prefix}ROTATION`, [4]), "rotations", [1, 2, 3, 0]),
    column(open(`${prefix}SCALE`, [3]), "scales", [0, 1, 2]),
  ];
  const constant = `${prefix}SH_DEGREE_0_COEF_0`;
  const isPlainColor = !has(constant);
  columns.push(
    isPlainColor
      ? column(open("COLOR_0", [3, 4]), "colors", [0, 1, 2])
      : column(open(constant, [3]), "colors", [0, 1, 2]),
  );
  columns.push(
    has(`${prefix}OPACITY`)
      ? column(open(`${prefix}OPACITY`, [1]), "opacities", [0])
      : column(open("COLOR_0", [4]), "opacities", [-1, -1, -1, 0]),
  );
  const nameOf = (degree: number, n: number): string =>
    `${prefix}SH_DEGREE_${degree}_COEF_${n}`;
  let fileShDegree = 0;
  while (fileShDegree < MAX_DEGREE && has(nameOf(fileShDegree + 1, 0))) {
    fileShDegree++;
    for (let n = 0; n < 2 * fileShDegree + 1; n++) {
      const accessor = open(nameOf(fileShDegree, n), [3]);
      // Degrees 1, 2, ... of 3, 5, ... coefficients, the constant one left out.
      columns.push(shColumn(accessor, fileShDegree ** 2 - 1 + n));
    }
  }
  const { count } = columns[0]!.accessor;
  const other = columns.find(({ accessor }) => accessor.count !== count);
  if (other) {
    throw fail(
      file,
      `expected ${count} elements in each attribute of splats, found ${other.accessor.count}`,
    );
  }
  const isDraft = prefix !== PREFIX;
  return { count, fileShDegree, isDraft, columns, isPlainColor };
}

/** Decodes splats [first, first + target.count) of `attributes` to `target`. */
export async function decodeBlock(
  file: GltfFile,
  { columns, isPlainColor }: SplatAttributes,
  { first, target }: { first: number; target: Splats },
): Promise<void> {
  const block = { first, count: target.count, shared: new Map() };
  for (const { accessor, destination } of columns) {
    const bytes = await readBlock(file, accessor, block);
    writeBlock(bytes, accessor, destination(target));
  }
  if (isPlainColor) {
    const { colors } = target;
    for (let i = 0; i < colors.length; i++) {
      colors[i] = (colors[i]! - 0.5) / SH_C0;
    }
  }
}

function column(
  accessor: Accessor,
  array: Arrays,
  order: readonly number[],
): Column {
  const stride = array === "opacities" ? 1 : array === "rotations" ? 4 : 3;
  return {
    accessor,
    destination: (splats) => ({
      target: splats[array],
      offset: 0,
      stride,
      order,
    }),
  };
}

function shColumn(accessor: Accessor, coefficient: number): Column {
  return {
    accessor,
    destination: ({ sh, shDegree }) => ({
      target: sh,
      offset: 3 * coefficient,
      stride: 3 * SH_REST_COEFFICIENTS[shDegree],
      order: [0, 1, 2],
    }),
  };
}

function fail(
  { name, container }: GltfFile,
  problem: string,
): SceneFormatError {
  return new SceneFormatError(name, container, problem);
}
