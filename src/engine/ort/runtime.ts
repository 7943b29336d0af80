/**
 * Graphs of ours on onnxruntime-node, whose quirks stay in this folder: float16 tensors fail on runtimes that have
 * Float16Array (we never pass any), and outputs land in buffers that we own, so that nothing of the size of a layer
 * waits for the garbage collector.
 */
import * as ort from 'onnxruntime-node';

import { selectRows } from '../../core/selection/selectTop';
import { engineError } from '../../protocol/errors';
import { toOnnx, type GraphBuilder } from '../graph/graphBuilder';
import { providerTraits, type Provider } from './providers';

export type TensorData = Float32Array | BigInt64Array;

/** A tensor by view: `data.length` equals the product of `dims`. */
export interface Tensor {
  readonly data: TensorData;
  readonly dims: readonly number[];
}

export type Feeds = Readonly<Record<string, Tensor>>;

/** The top `count` of every row of a float32 output: see `selectRows`. */
export interface RowSelection {
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
  readonly bits: Uint8Array;
  readonly firstBit: number;
}

/** By the output that is selected from. */
export type Selections = Readonly<Record<string, RowSelection>>;

export interface Program {
  /**
   * Runs the graph; every output is written into the buffer given for it. One that is only selected from needs none.
   * @throws ToolError `ort-run` when ONNX Runtime refuses or fails; `provider-failed` where it is not on the CPU.
   */
  run(feeds: Feeds, outputs: Feeds, selections?: Selections): Promise<void>;
  release(): Promise<void>;
}

/**
 * Threads that wait for work must sleep: an editor, a browser and other programs share the machine, and a spinning
 * thread that is not running holds up every product. With another busy process on two cores SNIP took 2 to 3 times as
 * long with spinning (SmolLM2-135M, 16 samples: 37 s of processor time instead of 16). Decoding alone, spinning for at
 * most 500 us at a time gained a fifth on an idle machine (45 tokens a second, not 37) and lost a third beside one busy
 * process (15, not 23).
 */
const SPINNING = '0';

/** What all sessions have in common; `more` are entries of their configuration. */
export const sessionOptions = (
  { threads, provider = 'cpu' }: RuntimeOptions,
  more: Readonly<Record<string, string>> = {},
): ort.InferenceSession.SessionOptions => ({
  executionProviders: [provider],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  // 3: errors. A GPU provider reports what it refuses as an error and again by what it throws.
  logSeverityLevel: provider === 'cpu' ? 3 : 4,
  extra: { session: { intra_op: { allow_spinning: SPINNING }, ...more } },
});

/**
 * The runtime gives every output back a second time, in a fresh buffer that only a garbage collection frees. Scavenging
 * by the bytes that came back keeps them from piling up.
 */
const GARBAGE_BYTES = 3 * 2 ** 20;
let garbageBytes = 0;

function collectGarbage(results: ort.InferenceSession.OnnxValueMapType): void {
  for (const name of Object.keys(results)) garbageBytes += bytesOf(results[name]);
  if (garbageBytes < GARBAGE_BYTES) return;
  garbageBytes = 0;
  globalThis.gc?.({ execution: 'sync', type: 'minor' });
}

const bytesOf = (value: ort.OnnxValue | undefined): number =>
  value instanceof ort.Tensor ? (value.data as TensorData).byteLength : 0;

export interface RuntimeOptions {
  readonly threads: number;
  /** Left out: cpu. */
  readonly provider?: Provider;
  /** Told of each graph that has nodes which the provider leaves to the CPU. */
  readonly onFallback?: (graph: string) => void;
}

export interface CompileOptions {
  /** Folder that holds the files of the graph's stored matrices, at any depth. Left out where there are none. */
  readonly weightsFolder?: string;
  /** See `OnnxOptions.openShapes`. */
  readonly openShapes?: boolean;
}

export async function compileProgram(
  builder: GraphBuilder,
  options: RuntimeOptions,
  compileOptions: CompileOptions = {},
): Promise<Program> {
  return compileModel(modelOf(builder, compileOptions, options.provider), options);
}

export function modelOf(builder: GraphBuilder, options: CompileOptions, provider: Provider = 'cpu'): Model {
  const { openShapes = false } = options;
  const { target } = providerTraits(provider);
  return { ...options, name: builder.name, model: toOnnx(builder, { target, openShapes }) };
}

/** A graph as ONNX Runtime reads it. */
export interface Model extends CompileOptions {
  readonly name: string;
  readonly model: Uint8Array;
}

export async function compileModel(model: Model, options: RuntimeOptions): Promise<Program> {
  const { name } = model;
  const session = await openSession(model, options).catch((error: unknown) => {
    throw ortError('ort-compile', name, error, options);
  });
  return {
    async run(feeds, outputs, selections = {}) {
      const fetches = {
        ...Object.fromEntries(Object.keys(selections).map((key) => [key, null])),
        ...wrapAll(outputs),
      };
      const results = await session.run(pick(feeds, session.inputNames), fetches).catch((error: unknown) => {
        throw ortError('ort-run', name, error, options);
      });
      for (const [output, selection] of Object.entries(selections)) select(results[output], selection);
      collectGarbage(results);
    },
    release: () => session.release(),
  };
}

async function openSession(
  { name, model, openShapes = false, weightsFolder }: Model,
  options: RuntimeOptions,
): Promise<ort.InferenceSession> {
  const open = (more: Readonly<Record<string, string>>): Promise<ort.InferenceSession> =>
    ort.InferenceSession.create(model, {
      ...sessionOptions(options, {
        ...more,
        ...(weightsFolder === undefined
          ? {}
          : {
              model_external_initializers_file_folder_path: weightsFolder,
              // Weights are freed once they are packed for products; an arena would keep their memory.
              use_device_allocator_for_initializers: '1',
            }),
      }),
      // An arena keeps its session's peak for itself, and there is a session per batch shape: it would add up. A graph
      // with open shapes is one session that runs all the time, where the arena saves a tenth.
      enableCpuMemArena: openShapes,
      enableMemPattern: false,
    });
  if ((options.provider ?? 'cpu') === 'cpu') return open({});
  try {
    return await open({ disable_cpu_ep_fallback: '1' });
  } catch (error) {
    if (!/fallback to CPU EP has been explicitly disabled/.test(String(error))) throw error;
    options.onFallback?.(name);
    return open({});
  }
}

function select(
  scores: ort.OnnxValue | undefined,
  { rows, columns, count, bits, firstBit }: RowSelection,
): void {
  if (!(scores instanceof ort.Tensor && scores.data instanceof Float32Array))
    throw new Error('Only float32 outputs can be selected from.');
  selectRows(scores.data, rows, columns, count, bits, firstBit);
}

export const runtimeVersion = (): string => ort.env.versions.node ?? ort.env.versions.common;

export function wrapAll(tensors: Feeds): Record<string, ort.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, wrap(tensor)]));
}

/** A graph has left out inputs that none of its outputs needs, such as a bias in a backward pass. */
function pick(feeds: Feeds, names: readonly string[]): Record<string, ort.Tensor> {
  const picked: Record<string, ort.Tensor> = {};
  for (const name of names) {
    const tensor = feeds[name];
    if (!tensor) throw new Error(`nothing was fed for '${name}'`);
    picked[name] = wrap(tensor);
  }
  return picked;
}

function wrap({ data, dims }: Tensor): ort.Tensor {
  return data instanceof Float32Array
    ? new ort.Tensor('float32', data, dims)
    : new ort.Tensor('int64', data, dims);
}

function ortError(code: string, graph: string, error: unknown, { provider = 'cpu' }: RuntimeOptions): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const elsewhere = provider === 'cpu' ? '' : ', with --provider cpu if it fails again';
  return engineError(
    provider === 'cpu' ? code : 'provider-failed',
    `ONNX Runtime failed in graph '${graph}': ${reason}`,
    `See the log; resume the run${elsewhere}.`,
  );
}
