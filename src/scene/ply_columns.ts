/**
 * Which property of a .ply vertex holds which value of a splat, by name.
 *
 * @module
 */

import type { PlyElement, PlyHeader, PlyType } from "./ply_header.ts";
import { type SceneFile, SceneFormatError, type UpAxis } from "./scene_file.ts";
import { SH_REST_COEFFICIENTS, type ShDegree } from "./splats.ts";

/** Values of a splat before the higher SH coefficients, in the order of {@linkcode SplatColumns}. */
export const SPLAT_PROPERTIES: readonly string[] = [
  ...["x", "y", "z", "scale_0", "scale_1", "scale_2"],
  ...["rot_0", "rot_1", "rot_2", "rot_3", "opacity"],
  ...["f_dc_0", "f_dc_1", "f_dc_2"],
];

/** Where a row holds the values of a splat. */
export interface SplatColumns {
  /**
   * Index into the properties: {@linkcode SPLAT_PROPERTIES}, then the higher SH
   * coefficients coefficient-major. -1 for a `scale_2` that is not there (2DGS).
   */
  readonly columns: Int32Array;
  /** Degree that is kept. */
  readonly shDegree: ShDegree;
  /** Degree in the file, 0 to 4. */
  readonly fileShDegree: number;
  /** What full intensity is where `red`, `green` and `blue` stand in for `f_dc`; absent where they need not. */
  readonly colorRange?: number;
}

/** Colours as point clouds have them: what stands in for `f_dc_0` to `f_dc_2`. */
const COLOR_NAMES: Readonly<Record<string, string>> = {
  f_dc_0: "red",
  f_dc_1: "green",
  f_dc_2: "blue",
};

/** Full intensity of a colour by its type; floats reach one. */
const COLOR_RANGES: Partial<Record<PlyType, number>> = {
  uint8: 255,
  uint16: 65_535,
};

/** Coefficients a channel beyond the constant one, by degree up to the file's highest. */
const REST_BY_DEGREE = [0, 3, 8, 15, 24];

/**
 * Finds the columns of `vertex`.
 *
 * @throws {SceneFormatError} If it holds no splats, or its SH properties are not whole.
 */
export function splatColumns(file: string, vertex: PlyElement): SplatColumns {
  const fail = (problem: string): never => {
    throw new SceneFormatError(file, "ply", problem);
  };
  const list = vertex.properties.find((property) => property.lengthType);
  if (list) {
    fail(
      `expected scalar properties in element vertex, found the list ${list.name}`,
    );
  }
  const indices = new Map(
    vertex.properties.map((property, index) => [property.name, index]),
  );
  const hasPlainColors = !indices.has("f_dc_0") &&
    Object.values(COLOR_NAMES).every((name) => indices.has(name));
  const nameOf = (name: string): string =>
    hasPlainColors ? COLOR_NAMES[name] ?? name : name;
  const missing = SPLAT_PROPERTIES.map(nameOf).filter((name) =>
    !indices.has(name) && !(name === "scale_2" && indices.has("scale_1"))
  );
  if (missing.length > 0) {
    fail(
      missing.includes("opacity") && missing.includes("rot_0")
        ? `expected splats, found a mesh or point cloud: element vertex has no ${
          missing.join(", ")
        }`
        : `expected the properties of a splat in element vertex, found no ${
          missing.join(", ")
        }`,
    );
  }
  const rest = [...indices.keys()].filter((name) => name.startsWith("f_rest_"));
  const odd = rest.find((name) => !/^f_rest_(0|[1-9]\d*)$/.test(name));
  if (odd) fail(`expected f_rest_ and a plain number, found property ${odd}`);
  const fileShDegree = REST_BY_DEGREE.indexOf(rest.length / 3);
  if (fileShDegree < 0) {
    fail(
      `expected 0, 9, 24, 45 or 72 properties f_rest_ (three channels of SH degree 0 to 4), found ${rest.length}`,
    );
  }
  const gap = rest.findIndex((_, index) => !indices.has(`f_rest_${index}`));
  if (gap >= 0) {
    fail(
      `expected f_rest_0 to f_rest_${rest.length - 1}, found no f_rest_${gap}`,
    );
  }
  const shDegree = Math.min(fileShDegree, 3) as ShDegree;
  const columns = SPLAT_PROPERTIES.map((name) =>
    indices.get(nameOf(name)) ?? -1
  );
  for (let i = 0; i < SH_REST_COEFFICIENTS[shDegree]; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const index = channel * rest.length / 3 + i;
      columns.push(indices.get(`f_rest_${index}`)!);
    }
  }
  const splat = { columns: Int32Array.from(columns), shDegree, fileShDegree };
  if (!hasPlainColors) return splat;
  const { type } = vertex.properties[indices.get("red")!]!;
  return { ...splat, colorRange: COLOR_RANGES[type] ?? 1 };
}

/**
 * Whether the splats were trained with a compensated low-pass filter, as Brush
 * (`SplatRenderMode: mip`) and Postshot (`antialiased 1`) write it; the last
 * such comment counts.
 */
export function isAntialiased(comments: readonly string[]): boolean {
  const mode = comments.findLast((comment) =>
    /^(splatrendermode\s*:|antialiased\s+[01]$)/i.test(comment)
  );
  return mode !== undefined &&
    /^(splatrendermode\s*:\s*mip|antialiased\s+1)$/i.test(mode);
}

/**
 * What is up: as a comment of Brush says (`Vertical axis: 0 0 1`), else the
 * convention. Brush's `Vertical axis: y` stands in files that know nothing.
 */
export function upOf(
  { comments }: PlyHeader,
): Pick<SceneFile, "up" | "upReason"> {
  for (const comment of comments.toReversed()) {
    const [, text] = /^vertical axis:\s*(.*)$/i.exec(comment) ?? [];
    const vector = (text ?? "").split(/[\s,[\]]+/).filter(Boolean).map(Number);
    const norm = Math.hypot(...vector);
    const axis = vector.findIndex((value) => Math.abs(value) > 0.99 * norm);
    if (vector.length === 3 && axis >= 0) {
      const up = `${vector[axis]! > 0 ? "+" : "-"}${"xyz"[axis]}` as UpAxis;
      return { up, upReason: `the file says "${comment}"` };
    }
  }
  return { up: "-y" };
}
