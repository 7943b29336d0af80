/** What a test asks of a serialised ModelProto, read by a decoder of its own. Field numbers from onnx.proto. */
export interface ReadModel {
  readonly irVersion: number;
  readonly opsets: Readonly<Record<string, number>>;
  /** Operator types and domains of the main graph's nodes. */
  readonly nodes: readonly string[];
  readonly domains: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly initializers: number;
}

type Fields = Map<number, (number | Uint8Array)[]>;

export function readModel(bytes: Uint8Array): ReadModel {
  const model = fields(bytes);
  const graph = fields(message(model, 7));
  const nodes = (graph.get(1) ?? []).map((node) => fields(node as Uint8Array));
  const names = (field: number): string[] =>
    (graph.get(field) ?? []).map((port) => text(fields(port as Uint8Array), 1));
  return {
    irVersion: model.get(1)?.[0] as number,
    opsets: Object.fromEntries(
      (model.get(8) ?? []).map((opset) => {
        const entry = fields(opset as Uint8Array);
        return [text(entry, 1), entry.get(2)?.[0] as number];
      }),
    ),
    nodes: nodes.map((node) => text(node, 4)),
    domains: [...new Set(nodes.map((node) => text(node, 7)))],
    inputs: names(11),
    outputs: names(12),
    initializers: graph.get(5)?.length ?? 0,
  };
}

function fields(bytes: Uint8Array): Fields {
  const result: Fields = new Map();
  let offset = 0;
  const varint = (): number => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = bytes[offset++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (offset < bytes.length) {
    const key = varint();
    let value: number | Uint8Array;
    if (key % 8 === 0) value = varint();
    else {
      const length = key % 8 === 5 ? 4 : varint();
      value = bytes.subarray(offset, offset + length);
      offset += length;
    }
    const field = Math.floor(key / 8);
    result.set(field, [...(result.get(field) ?? []), value]);
  }
  return result;
}

const message = (from: Fields, field: number): Uint8Array =>
  (from.get(field)?.[0] ?? new Uint8Array()) as Uint8Array;
const text = (from: Fields, field: number): string => new TextDecoder().decode(message(from, field));
