import type { OpDefinition } from './opDefinition';

export type DType = 'float32' | 'int64' | 'bool' | 'float16' | 'bfloat16' | 'uint8' | 'int32' | 'uint16';

/** Element type and static shape of a tensor. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A tensor of a graph: an input, a constant (`node` is null for both) or an output of `node`. */
export interface Value extends TensorType {
  readonly id: number;
  readonly node: Node | null;
}

/** A matrix or some rows of one in a file, little-endian. */
export interface StoredPart extends TensorType {
  /** Relative to the folder that the program is compiled with, with '/'. */
  readonly file: string;
  /** Bytes of the file. */
  readonly begin: number;
  readonly end: number;
}

/** Parts one below the other, in float32. */
export type StoredMatrix = readonly StoredPart[];

export type Attributes = Readonly<Record<string, number | boolean | string | readonly number[]>>;

/** One operation applied. Nodes stand in the builder in an order in which they can be computed. */
export interface Node<A extends Attributes = Attributes> {
  readonly op: OpDefinition<A>;
  readonly inputs: readonly Value[];
  readonly attrs: A;
  readonly outputs: readonly Value[];
}

/** The only input or output of a node of which there must be one at this index. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no item ${index} in a list of ${list.length}`);
  return item;
}
