import * as ort from 'onnxruntime-node';
import { toOnnx, type GraphBuilder } from '../../../src/engine/graph/graphBuilder';
import type { Target } from '../../../src/engine/graph/toOnnx';

export type Feeds = Readonly<Record<string, Float32Array | BigInt64Array>>;
export type Run = (feeds: Feeds) => Promise<Record<string, Float32Array>>;

/** Opens a graph in ONNX Runtime's CPU provider. Feeds that no output needs may be given too. */
export async function openGraph(b: GraphBuilder, target: Target = 'cpu'): Promise<Run> {
  const session = await ort.InferenceSession.create(toOnnx(b, { target }), { logSeverityLevel: 3 });
  return async (feeds) => {
    const tensors = session.inputNames.map((name) => {
      const data = feeds[name];
      const value = b.inputs.get(name);
      if (data === undefined || value === undefined) throw new Error(`no feed '${name}'`);
      const tensor =
        data instanceof BigInt64Array
          ? new ort.Tensor('int64', data, value.shape)
          : new ort.Tensor('float32', data, value.shape);
      return [name, tensor] as const;
    });
    const results = await session.run(Object.fromEntries(tensors));
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, Float32Array.from(tensor.data as Float32Array)]),
    );
  };
}

export const runGraph = async (b: GraphBuilder, feeds: Feeds, target: Target = 'cpu'): ReturnType<Run> =>
  (await openGraph(b, target))(feeds);
