import { graphError } from '../graphError';
import type { DType, TensorType, Value } from '../value';

/** 'cpu' may use operators that only ONNX Runtime's CPU provider has; 'portable' those that GPU providers have too. */
export type Target = 'cpu' | 'portable';

/** A tensor in the ONNX graph. Names are given when the graph is complete, so that outputs can take theirs. */
export interface Edge {
  name: string | null;
}

export type OnnxAttribute =
  number | string | readonly number[] | { readonly float: number } | { readonly graph: OnnxGraph };

export interface OnnxNode {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly Edge[];
  readonly outputs: readonly Edge[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxConstant extends TensorType {
  readonly edge: Edge;
  readonly data: readonly number[] | StoredBytes;
}

/** Elements that ONNX Runtime reads from a file by itself, little-endian. */
export interface StoredBytes {
  /** Relative to the folder that the session is told, with '/'. */
  readonly file: string;
  readonly begin: number;
  readonly end: number;
}

export interface OnnxPort extends TensorType {
  readonly edge: Edge;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

export interface OnnxOpOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** '' is ai.onnx. */
  readonly domain?: '' | 'com.microsoft';
}

/** Collects the ONNX nodes that the operations of a graph are lowered to. */
export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly #edges = new Map<Value, Edge>();
  readonly #constants: Map<string, OnnxConstant>;

  constructor(
    readonly target: Target,
    parent?: Emitter,
  ) {
    this.#constants = parent === undefined ? new Map<string, OnnxConstant>() : parent.#constants;
  }

  get constants(): readonly OnnxConstant[] {
    return [...this.#constants.values()];
  }

  edge(value: Value): Edge {
    const edge = this.#edges.get(value);
    if (edge === undefined) throw graphError(`Value ${value.id} is used before it is computed.`);
    return edge;
  }

  bind(value: Value, edge: Edge): void {
    this.#edges.set(value, edge);
  }

  /** One ONNX node with one output. */
  op(type: string, inputs: readonly Edge[], options: OnnxOpOptions = {}): Edge {
    const edge: Edge = { name: null };
    this.#push(type, inputs, [edge], options);
    return edge;
  }

  /** One ONNX node with several outputs. */
  multi(
    type: string,
    inputs: readonly Edge[],
    outputs: number,
    options: OnnxOpOptions = {},
  ): readonly Edge[] {
    const edges = Array.from({ length: outputs }, (): Edge => ({ name: null }));
    this.#push(type, inputs, edges, options);
    return edges;
  }

  scalar(value: number): Edge {
    return this.constant({ dtype: 'float32', shape: [] }, [value]);
  }

  ints(values: readonly number[]): Edge {
    return this.constant({ dtype: 'int64', shape: [values.length] }, values);
  }

  constant(type: TensorType, data: readonly number[]): Edge {
    const key = constantKey(type, data);
    const known = this.#constants.get(key);
    if (known !== undefined) return known.edge;
    const constant: OnnxConstant = { ...type, edge: { name: null }, data };
    this.#constants.set(key, constant);
    return constant.edge;
  }

  stored(type: TensorType, { file, begin, end }: StoredBytes): Edge {
    const key = `${file} ${begin} ${end}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known.edge;
    const constant: OnnxConstant = { ...type, edge: { name: null }, data: { file, begin, end } };
    this.#constants.set(key, constant);
    return constant.edge;
  }

  /**
   * A graph for Scan. `write` gets an emitter and the edges of the inputs; outer edges may be used too, and
   * constants are those of the outermost graph.
   */
  body(
    name: string,
    inputs: readonly TensorType[],
    outputs: readonly TensorType[],
    write: (e: Emitter, inputs: readonly Edge[]) => readonly Edge[],
  ): OnnxGraph {
    const inner = new Emitter(this.target, this);
    const ports = inputs.map((type): OnnxPort => ({ ...type, edge: { name: null } }));
    const results = write(
      inner,
      ports.map((port) => port.edge),
    );
    return {
      name,
      nodes: inner.nodes,
      constants: [],
      inputs: ports,
      outputs: outputs.map((type, index): OnnxPort => {
        const edge = results[index];
        if (edge === undefined) throw graphError(`Body ${name} leaves output ${index} out.`);
        return { ...type, edge };
      }),
    };
  }

  #push(type: string, inputs: readonly Edge[], outputs: readonly Edge[], options: OnnxOpOptions): void {
    this.nodes.push({
      type,
      domain: options.domain ?? '',
      inputs,
      outputs,
      attributes: options.attributes ?? {},
    });
  }
}

/** Equal for equal constants, -0 apart from 0. */
export const constantKey = ({ dtype, shape }: TensorType, data: readonly number[]): string =>
  `${dtype} ${shape.join()}: ${data.map((x) => (Object.is(x, -0) ? '-0' : x)).join()}`;

/** ONNX element types (onnx.proto, TensorProto.DataType). */
export const ONNX_DTYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  uint16: 4,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};
