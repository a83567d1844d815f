/**
 * A slow and obvious writer of .ply files of any shape, for tests.
 */

/** How numbers are written. */
export type Encoding =
  | "ascii"
  | "binary_little_endian"
  | "binary_big_endian";

/** One property of an element. */
export interface Property {
  readonly name: string;
  readonly type:
    | "char"
    | "uchar"
    | "short"
    | "ushort"
    | "int"
    | "uint"
    | "float"
    | "double";
  /** Type of the length where each value is a list: then all following columns of a row are in it. */
  readonly list?: "uchar" | "ushort" | "uint";
}

/** A table. */
export interface Element {
  readonly name: string;
  readonly properties: readonly Property[];
  /** A row a record, in the order of the properties. */
  readonly rows: readonly (readonly number[])[];
}

/** Options of {@linkcode writePly}. */
export interface PlyOptions {
  readonly encoding: Encoding;
  readonly comments?: readonly string[];
  readonly lineEnd?: string;
}

const SIZES = {
  char: 1,
  uchar: 1,
  short: 2,
  ushort: 2,
  int: 4,
  uint: 4,
  float: 4,
  double: 8,
};

/** The bytes of a .ply with `elements`. */
export function writePly(
  elements: readonly Element[],
  { encoding, comments = [], lineEnd = "\n" }: PlyOptions,
): Uint8Array<ArrayBuffer> {
  const lines = [
    "ply",
    `format ${encoding} 1.0`,
    ...comments.map((comment) => `comment ${comment}`),
    ...elements.flatMap(({ name, properties, rows }) => [
      `element ${name} ${rows.length}`,
      ...properties.map(({ list, type, name }) =>
        `property ${list ? `list ${list} ` : ""}${type} ${name}`
      ),
    ]),
    "end_header",
    ...(encoding === "ascii"
      ? elements.flatMap((element) =>
        element.rows.map((row) =>
          cellsOf(element, row).map(([, value]) => value).join(" ")
        )
      )
      : []),
  ];
  const head = new TextEncoder().encode(
    lines.map((line) => line + lineEnd).join(""),
  );
  if (encoding === "ascii") return head;
  const little = encoding === "binary_little_endian";
  const cells = elements.flatMap((element) =>
    element.rows.flatMap((row) => cellsOf(element, row))
  );
  const bytes = new Uint8Array(
    cells.reduce((sum, [type]) => sum + SIZES[type], head.length),
  );
  bytes.set(head);
  const view = new DataView(bytes.buffer);
  let at = head.length;
  for (const [type, value] of cells) {
    if (type === "float") view.setFloat32(at, value, little);
    else if (type === "double") view.setFloat64(at, value, little);
    else if (SIZES[type] === 1) view.setUint8(at, value);
    else if (SIZES[type] === 2) view.setUint16(at, value, little);
    else view.setUint32(at, value, little);
    at += SIZES[type];
  }
  return bytes;
}

/** Types and values of a record as they are written one after another. */
function cellsOf(
  { properties }: Element,
  row: readonly number[],
): [Property["type"], number][] {
  return properties.flatMap((property, index): [Property["type"], number][] => {
    const { list, type } = property;
    if (!list) return [[type, row[index]!]];
    const values = row.slice(index);
    return [
      [list, values.length],
      ...values.map((value): [Property["type"], number] => [type, value]),
    ];
  });
}

/** Names of the values of a splat with `rest` higher SH coefficients in all. */
export function splatNames(rest = 0): string[] {
  return [
    ...["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"],
    ...Array.from({ length: rest }, (_, i) => `f_rest_${i}`),
    ...["opacity", "scale_0", "scale_1", "scale_2"],
    ...["rot_0", "rot_1", "rot_2", "rot_3"],
  ];
}

/** Properties of one type. */
export function propertiesOf(
  names: readonly string[],
  type: Property["type"] = "float",
): Property[] {
  return names.map((name) => ({ name, type }));
}

/** `count` splats with numbers that differ, in the order of `names`. */
export function splatRows(names: readonly string[], count: number): number[][] {
  return Array.from({ length: count }, (_, row) =>
    names.map((name, column) => {
      const value = Math.fround(Math.sin(1 + 7 * row + column));
      return name.startsWith("scale") ? value - 3 : value;
    }));
}
