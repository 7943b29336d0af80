import type { GraphBuilder } from './graphBuilder';
import { graphError } from './graphError';
import { encodeModel } from './onnx/encodeModel';
import {
  Emitter,
  ONNX_DTYPE,
  type Edge,
  type OnnxAttribute,
  type OnnxPort,
  type Target,
} from './onnx/emitter';
import { at, type Attributes, type DType, type Node, type StoredMatrix, type Value } from './value';

export type { Target } from './onnx/emitter';

export interface OnnxOptions {
  readonly target?: Target;
  /**
   * Leaves the extents of inputs and outputs open, so that one compiled graph serves all of them. Only right where no
   * operation writes an extent down (reshape, split, expand and slice do).
   */
  readonly openShapes?: boolean;
}

/**
 * ONNX model (IR 10, opset 21 and com.microsoft 1) of what the outputs need. Nodes, constants and inputs that no
 * output depends on are left out, so feed the inputs that the session names.
 */
export function toOnnx(builder: GraphBuilder, options: OnnxOptions = {}): Uint8Array {
  const { nodes, values } = reachable(builder);
  const e = new Emitter(options.target ?? 'cpu');
  const inputs: OnnxPort[] = [];
  for (const [name, value] of builder.inputs) {
    if (!values.has(value)) continue;
    const edge: Edge = { name: checkedName(builder, name) };
    e.bind(value, edge);
    inputs.push({ dtype: value.dtype, shape: value.shape, edge });
  }
  for (const [value, data] of builder.constants)
    if (values.has(value)) e.bind(value, e.constant(value, data));
  for (const [value, matrix] of builder.stored) if (values.has(value)) e.bind(value, lowerStored(e, matrix));
  for (const node of nodes) lower(e, node);
  const outputs = [...builder.outputs].map(([name, value]): OnnxPort => {
    checkedName(builder, name);
    // An input, a constant or a tensor that already is an output keeps its name; the output is then a copy.
    let edge = e.edge(value);
    if (value.node === null || !e.nodes.some((node) => node.outputs.includes(edge)) || edge.name !== null) {
      edge = e.op('Identity', [edge]);
    }
    edge.name = name;
    return { dtype: value.dtype, shape: value.shape, edge };
  });
  const graph = { name: builder.name, nodes: e.nodes, constants: e.constants, inputs, outputs };
  return encodeModel(graph, { openShapes: options.openShapes ?? false });
}

/** Nodes in the order of the builder and values that some output depends on. */
function reachable(builder: GraphBuilder): { nodes: Node[]; values: ReadonlySet<Value> } {
  if (builder.outputs.size === 0) throw graphError(`Graph ${builder.name} has no outputs.`);
  const values = new Set<Value>(builder.outputs.values());
  const nodes: Node[] = [];
  for (const node of builder.nodes.toReversed()) {
    if (!node.outputs.some((output) => values.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) values.add(input);
  }
  return { nodes: nodes.reverse(), values };
}

/** Folded when the session is made. 16-bit parts are joined before they grow: what is in between stays in memory. */
function lowerStored(e: Emitter, parts: StoredMatrix): Edge {
  const dtypes = new Set(parts.map(({ dtype }) => dtype));
  const edges = parts.map((part) => {
    const edge = e.stored(part, part);
    return dtypes.size > 1 ? inFloat32(e, edge, part.dtype) : edge;
  });
  const joined = edges.length > 1 ? e.op('Concat', edges, { attributes: { axis: 0 } }) : at(edges, 0);
  return dtypes.size > 1 ? joined : inFloat32(e, joined, at(parts, 0).dtype);
}

const inFloat32 = (e: Emitter, edge: Edge, dtype: DType): Edge =>
  dtype === 'float32' ? edge : e.op('Cast', [edge], { attributes: { to: ONNX_DTYPE.float32 } });

function lower(e: Emitter, node: Node): void {
  const inputs = node.inputs.map((input) => e.edge(input));
  const edges =
    node.op.lower?.(e, inputs, node) ??
    e.multi(node.op.type, inputs, node.outputs.length, { attributes: onnxAttributes(node.attrs) });
  node.outputs.forEach((output, index) => {
    const edge = edges[index];
    if (edge === undefined) throw graphError(`${node.op.type} was lowered without its output ${index}.`);
    e.bind(output, edge);
  });
}

const onnxAttributes = (attrs: Attributes): Record<string, OnnxAttribute> =>
  Object.fromEntries(
    Object.entries(attrs).map(([key, value]) => [key, typeof value === 'boolean' ? Number(value) : value]),
  );

function checkedName(builder: GraphBuilder, name: string): string {
  if (!/^[A-Za-z_][\w.]*$/.test(name))
    throw graphError(`Graph ${builder.name} has a tensor named '${name}'.`);
  return name;
}
