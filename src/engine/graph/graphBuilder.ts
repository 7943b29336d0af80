import { graphError } from './graphError';
import { constantKey } from './onnx/emitter';
import type { OpDefinition } from './opDefinition';
import { showShape, sizeOf, type Shape } from './shapes';
import type { Attributes, DType, Node, StoredMatrix, TensorType, Value } from './value';

export { toOnnx } from './toOnnx';

/** Constants are small (scalars, shapes, axes, norm gains): matrices are graph inputs or stay in their files. */
const MAX_CONSTANT_ELEMENTS = 65_536;

/** A static dataflow graph under construction. Shapes are checked as operations are applied. */
export class GraphBuilder {
  readonly inputs = new Map<string, Value>();
  readonly outputs = new Map<string, Value>();
  readonly nodes: Node[] = [];
  readonly constants = new Map<Value, readonly number[]>();
  readonly stored = new Map<Value, StoredMatrix>();
  readonly #constantsByKey = new Map<string, Value>();
  readonly #values = new Set<Value>();

  constructor(readonly name: string) {}

  input(name: string, shape: Shape, dtype: DType = 'float32'): Value {
    if (this.inputs.has(name)) throw graphError(`Graph ${this.name} has two inputs named '${name}'.`);
    if (!shape.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
      throw graphError(`Input '${name}' of graph ${this.name} has the shape ${showShape(shape)}.`);
    }
    const value = this.#value({ dtype, shape }, null);
    this.inputs.set(name, value);
    return value;
  }

  /** float32 constant of rank 0. */
  scalar(v: number): Value {
    return this.constant([v], [], 'float32');
  }

  /** int64 constant of rank 1. */
  ints(values: readonly number[]): Value {
    return this.constant(values, [values.length], 'int64');
  }

  /** Equal constants are one value. */
  constant(data: readonly number[] | Float32Array, shape: Shape, dtype: DType): Value {
    const numbers = Array.from(data);
    if (numbers.length !== sizeOf(shape) || numbers.length > MAX_CONSTANT_ELEMENTS) {
      throw graphError(`A constant of shape ${showShape(shape)} was given ${numbers.length} elements.`);
    }
    const key = constantKey({ dtype, shape }, numbers);
    const known = this.#constantsByKey.get(key);
    if (known !== undefined) return known;
    const value = this.#value({ dtype, shape }, null);
    this.constants.set(value, numbers);
    this.#constantsByKey.set(key, value);
    return value;
  }

  /** A float32 matrix that the compiled program holds, read from files when it is compiled. */
  storedMatrix(matrix: StoredMatrix): Value {
    const columns = matrix[0]?.shape[1] ?? 0;
    const rows = matrix.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    if (rows === 0 || !matrix.every(({ shape }) => shape.length === 2 && shape[1] === columns)) {
      throw graphError(
        `Graph ${this.name} has no matrix of ${matrix.map(({ shape }) => showShape(shape)).join(', ')}.`,
      );
    }
    const value = this.#value({ dtype: 'float32', shape: [rows, columns] }, null);
    this.stored.set(value, matrix);
    return value;
  }

  /** Applies an operation; returns all its outputs. */
  apply<A extends Attributes>(op: OpDefinition<A>, inputs: readonly Value[], attrs: A): readonly Value[];
  apply(op: OpDefinition, inputs: readonly Value[]): readonly Value[];
  apply(op: OpDefinition, inputs: readonly Value[], attrs: Attributes = {}): readonly Value[] {
    for (const input of inputs) this.#mustOwn(input, op.type);
    const outputs: Value[] = [];
    const node: Node = { op, inputs, attrs, outputs };
    for (const type of op.infer(inputs, attrs)) outputs.push(this.#value(type, node));
    this.nodes.push(node);
    return outputs;
  }

  output(name: string, value: Value): void {
    if (this.outputs.has(name) || this.inputs.has(name)) {
      throw graphError(`Graph ${this.name} already has an input or output named '${name}'.`);
    }
    this.#mustOwn(value, `output '${name}'`);
    this.outputs.set(name, value);
  }

  #value(type: TensorType, node: Node | null): Value {
    const value: Value = { id: this.#values.size, dtype: type.dtype, shape: type.shape, node };
    this.#values.add(value);
    return value;
  }

  #mustOwn(value: Value, user: string): void {
    if (!this.#values.has(value))
      throw graphError(`${user} of graph ${this.name} uses a value of another graph.`);
  }
}
