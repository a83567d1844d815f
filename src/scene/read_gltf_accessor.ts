/**
 * glTF, accessors: numbers of any component type, packed or interleaved, a
 * block of elements at a time.
 *
 * @module
 */

import type { GltfFile } from "./read_gltf_container.ts";
import { SceneFormatError } from "./scene_file.ts";

/** An accessor that has been checked against its buffer view. */
export interface Accessor {
  readonly view: number;
  readonly count: number;
  /** Numbers an element: 1 to 4. */
  readonly width: number;
  readonly component: Component;
  /** Byte of the first element in its buffer view. */
  readonly byteOffset: number;
  /** Bytes from one element to the next. */
  readonly byteStride: number;
  /** What a stored number is multiplied by. */
  readonly factor: number;
}

/** A range of elements. */
export interface Block {
  readonly first: number;
  readonly count: number;
  /** Bytes of interleaved attributes that have been read for this block. */
  readonly shared: Map<string, Uint8Array>;
}

/**
 * Where the numbers of a block go, triples where they are half floats: number c of element i to
 * `target[offset + stride * i + order[c]]`; nowhere if `order[c]` is -1 or missing.
 */
export interface Destination {
  readonly target: Float32Array | Float16Array;
  readonly offset: number;
  readonly stride: number;
  readonly order: readonly number[];
}

type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Uint32Array
  | Float32Array;

/** A component type: its array, and the stored number that means 1 where normalised. */
interface Component {
  readonly array: {
    new (buffer: ArrayBufferLike, offset: number, length: number): NumberArray;
    readonly BYTES_PER_ELEMENT: number;
  };
  readonly one: number;
}

const COMPONENTS: Readonly<Record<number, Component>> = {
  5120: { array: Int8Array, one: 127 },
  5121: { array: Uint8Array, one: 255 },
  5122: { array: Int16Array, one: 32767 },
  5123: { array: Uint16Array, one: 65535 },
  5125: { array: Uint32Array, one: 4294967295 },
  5126: { array: Float32Array, one: 1 },
};

const WIDTHS: Readonly<Record<string, number>> = {
  SCALAR: 1,
  VEC2: 2,
  VEC3: 3,
  VEC4: 4,
};

/** Largest half float. */
const MAX_HALF = 65504;

/**
 * Checks accessor `index`.
 *
 * @throws {SceneFormatError} If it is missing, sparse, of another type, or leaves its buffer view.
 */
export function openAccessor(
  { name, container, json }: GltfFile,
  index: number,
): Accessor {
  const fail = (problem: string): SceneFormatError =>
    new SceneFormatError(name, container, problem);
  const accessor = json.accessors[index];
  if (!accessor) throw fail(`expected accessor ${index}, found none`);
  const { componentType, type, count, normalized, byteOffset } = accessor;
  const component = COMPONENTS[componentType];
  const width = WIDTHS[type];
  if (!component || !width) {
    throw fail(
      `expected numbers or vectors in accessor ${index}, found ${type} of ${componentType}`,
    );
  }
  if (accessor.sparse !== undefined) {
    throw fail(`expected accessor ${index} not to be sparse`);
  }
  const view = accessor.bufferView;
  const viewJson = view === undefined ? undefined : json.bufferViews[view];
  if (view === undefined || !viewJson) {
    throw fail(`expected a buffer view for accessor ${index}, found none`);
  }
  const size = component.array.BYTES_PER_ELEMENT;
  const byteStride = viewJson.byteStride ?? size * width;
  if (byteStride < size * width || byteStride % size !== 0) {
    throw fail(
      `expected a stride of at least ${
        size * width
      } bytes, a multiple of ${size}, for accessor ${index}, found ${byteStride}`,
    );
  }
  const length = byteStride * (count - 1) + size * width;
  if (byteOffset + length > viewJson.byteLength) {
    throw fail(
      `expected ${length} bytes for the ${count} elements of accessor ${index} at byte ${byteOffset} of buffer view ${view}, found ${viewJson.byteLength} in all`,
    );
  }
  const factor = normalized ? 1 / component.one : 1;
  return { view, count, width, component, byteOffset, byteStride, factor };
}

/** The bytes of a block, as {@linkcode writeBlock} takes them. */
export async function readBlock(
  file: GltfFile,
  accessor: Accessor,
  { first, count, shared }: Block,
): Promise<Uint8Array> {
  const { view, byteOffset, byteStride, component, width } = accessor;
  const { BYTES_PER_ELEMENT: size } = component.array;
  const length = byteStride * (count - 1) + width * size;
  const start = byteOffset + byteStride * first;
  let bytes: Uint8Array;
  if (byteStride === width * size) {
    bytes = await file.readView(view, { offset: start, length });
  } else {
    // Interleaved: what lies between belongs to other attributes of the block.
    const within = byteOffset % byteStride;
    const key = `${view} ${start - within} ${byteStride}`;
    const { byteLength } = file.json.bufferViews[view]!;
    const record = shared.get(key) ?? await file.readView(view, {
      offset: start - within,
      // An element may reach into the next stride.
      length: Math.min(
        byteStride * (count + 1),
        byteLength - (start - within),
      ),
    });
    shared.set(key, record);
    bytes = record.subarray(within, within + length);
  }
  // Views of numbers need an aligned start.
  return bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes);
}

/** Converts the bytes of a block and writes them where `destination` says. */
export function writeBlock(
  bytes: Uint8Array,
  { component, byteStride, width, factor }: Accessor,
  { target, offset, stride, order }: Destination,
): void {
  const size = component.array.BYTES_PER_ELEMENT;
  const values = new component.array(
    bytes.buffer,
    bytes.byteOffset,
    bytes.byteLength / size,
  );
  const step = byteStride / size;
  const count = Math.floor((values.length - width) / step) + 1;
  if (target instanceof Float16Array) {
    writeHalves(target, values, { step, offset, stride, count, factor });
    return;
  }
  const isCopy = values instanceof Float32Array && step === width &&
    stride === width && order.every((to, from) => to === from);
  if (isCopy && factor === 1) {
    target.set(values, offset);
    return;
  }
  const columns = Math.min(width, order.length);
  for (let c = 0; c < columns; c++) {
    if (order[c] === -1) continue;
    const to = offset + order[c]!;
    for (let i = 0; i < count; i++) {
      // Signed types have one number below -1, which means -1 too.
      target[to + stride * i] = factor === 1
        ? values[c + step * i]!
        : Math.max(-1, values[c + step * i]! * factor);
    }
  }
}

/** Triples of numbers, all three at once: twice as fast as one after another. */
interface Triples {
  /** Numbers from one triple to the next, in the source. */
  readonly step: number;
  /** Where the first goes. */
  readonly offset: number;
  /** Numbers from one triple to the next, in the target. */
  readonly stride: number;
  readonly count: number;
  readonly factor: number;
}

function writeHalves(
  target: Float16Array,
  values: NumberArray,
  { step, offset, stride, count, factor }: Triples,
): void {
  let from = 0;
  let to = offset;
  for (let i = 0; i < count; i++) {
    const a = values[from]! * factor;
    const b = values[from + 1]! * factor;
    const c = values[from + 2]! * factor;
    // Beyond the range of a half float: as near as it gets. NaN stays.
    target[to] = a > MAX_HALF ? MAX_HALF : a < -MAX_HALF ? -MAX_HALF : a;
    target[to + 1] = b > MAX_HALF ? MAX_HALF : b < -MAX_HALF ? -MAX_HALF : b;
    target[to + 2] = c > MAX_HALF ? MAX_HALF : c < -MAX_HALF ? -MAX_HALF : c;
    from += step;
    to += stride;
  }
}
