import { graphError } from '../graphError';
import type { DType } from '../value';
import {
  ONNX_DTYPE,
  type Edge,
  type OnnxAttribute,
  type OnnxConstant,
  type OnnxGraph,
  type OnnxNode,
  type OnnxPort,
  type StoredBytes,
} from './emitter';
import { ProtobufWriter } from './protobuf';

const IR_VERSION = 10;
const OPSETS = [
  ['', 21],
  ['com.microsoft', 1],
] as const;

export interface EncodeOptions {
  /** Writes the ranks of inputs and outputs without their extents. */
  readonly openShapes: boolean;
}

/** Serialises a ModelProto. Numbers are the field numbers of onnx.proto. Edges without a name get one here. */
export function encodeModel(graph: OnnxGraph, { openShapes }: EncodeOptions): Uint8Array {
  const encoder = new Encoder(openShapes);
  return encoder.model(graph);
}

class Encoder {
  readonly #w = new ProtobufWriter();
  #edges = 0;
  #nodes = 0;
  readonly #openShapes: boolean;

  constructor(openShapes: boolean) {
    this.#openShapes = openShapes;
  }

  model(graph: OnnxGraph): Uint8Array {
    const w = this.#w;
    w.int(1, IR_VERSION);
    w.string(2, 'safety-region-explorer');
    w.message(7, () => this.#graph(graph));
    for (const [domain, version] of OPSETS) {
      w.message(8, () => {
        w.string(1, domain);
        w.int(2, version);
      });
    }
    return w.finish();
  }

  #graph(graph: OnnxGraph): void {
    const w = this.#w;
    for (const node of graph.nodes) w.message(1, () => this.#node(node));
    w.string(2, graph.name);
    for (const constant of graph.constants) w.message(5, () => this.#constant(constant));
    for (const port of graph.inputs) w.message(11, () => this.#port(port));
    for (const port of graph.outputs) w.message(12, () => this.#port(port));
  }

  #node(node: OnnxNode): void {
    const w = this.#w;
    for (const edge of node.inputs) w.string(1, this.#name(edge));
    for (const edge of node.outputs) w.string(2, this.#name(edge));
    w.string(3, `${node.type}#${this.#nodes++}`);
    w.string(4, node.type);
    for (const [key, value] of Object.entries(node.attributes))
      w.message(5, () => this.#attribute(key, value));
    if (node.domain !== '') w.string(7, node.domain);
  }

  #attribute(key: string, value: OnnxAttribute): void {
    const w = this.#w;
    w.string(1, key);
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value)) throw graphError(`Attribute ${key} = ${value} is not an integer.`);
      w.int(3, value);
      w.int(20, 2);
    } else if (typeof value === 'string') {
      w.string(4, value);
      w.int(20, 3);
    } else if ('float' in value) {
      w.float(2, value.float);
      w.int(20, 1);
    } else if ('graph' in value) {
      w.message(6, () => this.#graph(value.graph));
      w.int(20, 5);
    } else {
      for (const item of value) w.int(8, item);
      w.int(20, 7);
    }
  }

  #constant({ edge, dtype, shape, data }: OnnxConstant): void {
    const w = this.#w;
    for (const extent of shape) w.int(1, extent);
    w.int(2, ONNX_DTYPE[dtype]);
    w.string(8, this.#name(edge));
    if (!('file' in data)) w.bytes(9, rawData(dtype, data));
    else this.#external(data);
  }

  #external({ file, begin, end }: StoredBytes): void {
    const w = this.#w;
    for (const [key, value] of Object.entries({ location: file, offset: begin, length: end - begin })) {
      w.message(13, () => {
        w.string(1, key);
        w.string(2, `${value}`);
      });
    }
    w.int(14, 1);
  }

  #port({ edge, dtype, shape }: OnnxPort): void {
    const w = this.#w;
    w.string(1, this.#name(edge));
    w.message(2, () => {
      w.message(1, () => {
        w.int(1, ONNX_DTYPE[dtype]);
        w.message(2, () => {
          for (const extent of shape) {
            w.message(1, () => {
              if (!this.#openShapes) w.int(1, extent);
            });
          }
        });
      });
    });
  }

  /** '%' keeps these apart from the names of inputs and outputs, which toOnnx checks. */
  #name(edge: Edge): string {
    edge.name ??= `%${this.#edges++}`;
    return edge.name;
  }
}

/** TensorProto.raw_data: little-endian. */
function rawData(dtype: DType, data: readonly number[]): Uint8Array {
  if (dtype === 'float32') return new Uint8Array(Float32Array.from(data).buffer);
  if (dtype === 'int64') return new Uint8Array(BigInt64Array.from(data, BigInt).buffer);
  if (dtype === 'int32') return new Uint8Array(Int32Array.from(data).buffer);
  if (dtype === 'bool' || dtype === 'uint8') return Uint8Array.from(data);
  throw graphError(`There are no constants of type ${dtype}.`);
}
