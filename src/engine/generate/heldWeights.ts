import { realpath } from 'node:fs/promises';
import path from 'node:path';

import type { Dtype } from '../../core/formats/dtype';
import {
  layerParam,
  type DecoderSpec,
  type LinearGroup,
  type LinearGroupName,
} from '../../core/model/decoderSpec';
import type { ModelSource } from '../formats/modelDirectory';
import type { DType, StoredMatrix, StoredPart } from '../graph/value';
import { layerVectors, readGain, readVectors } from '../stream/layerWeights';
import type { LayerScaling } from './layerSource';

/**
 * The weights of a whole model as a graph takes them in: matrices by their places in the files, from which ONNX
 * Runtime reads and packs them, so that none is ever in the memory of JavaScript; gains and biases as numbers.
 */
export interface HeldWeights {
  /** Holds all the files that the matrices are in. */
  readonly folder: string;
  readonly head: StoredMatrix;
  /** Of the final norm. */
  readonly gain: Float32Array;
  /** By the names of a block's inputs, such as `weight.qkv`; undefined for other inputs. */
  matrix(layer: number, input: string): StoredMatrix | undefined;
  /** Multiplies the products of a group. */
  scale(layer: number, group: LinearGroupName): number;
  /** As `matrix`, of `norm.mlp` or `bias.qkv`. */
  vector(layer: number, input: string): Float32Array | undefined;
}

const DTYPES: Partial<Record<Dtype, DType>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

export async function openHeldWeights(model: ModelSource, scaling: LayerScaling): Promise<HeldWeights> {
  const { spec } = model;
  const files = await openFiles(model);
  const stored = (param: string): StoredPart => {
    const { dtype, shape, file, begin, end } = model.tensorInfo(param);
    const type = DTYPES[dtype];
    if (!type) throw new Error(`${param} is ${dtype}.`);
    return { dtype: type, shape, file: files.name(file), begin, end };
  };
  const vectors = spec.layerKinds.map(() => layerVectors(spec));
  for (const [layer, own] of vectors.entries()) await readVectors(model, layer, own);
  const gain = new Float32Array(spec.hiddenSize);
  await readGain(model, spec.finalNorm, gain);
  return {
    folder: files.folder,
    head: [stored(spec.head)],
    gain,
    matrix(layer, input) {
      const group = spec.groups.find(({ name }) => input === `weight.${name}`);
      return group && paramsOf(spec, layer, group).map(stored);
    },
    scale: (layer, group) => (group === 'o' && !scaling.includeOutput ? 1 : (scaling.factors?.[layer] ?? 1)),
    vector: (layer, input) => vectors[layer]?.get(input),
  };
}

const paramsOf = (spec: DecoderSpec, layer: number, { members }: LinearGroup): string[] =>
  members.map(({ param }) => layerParam(spec, layer, param));

/** ONNX Runtime takes files of one folder only, by their names in it, and follows no link out of it. */
async function openFiles(
  model: ModelSource,
): Promise<{ readonly folder: string; name(file: string): string }> {
  const { spec } = model;
  const params = [
    spec.head,
    ...spec.layerKinds.flatMap((_, layer) => spec.groups.flatMap((group) => paramsOf(spec, layer, group))),
  ];
  const given = [...new Set(params.map((param) => model.tensorInfo(param).file))];
  const real = new Map<string, string>();
  for (const file of given) real.set(file, await realpath(file));
  const paths = [...real.values()];
  let folder = path.dirname(paths[0] ?? '');
  const holds = (file: string): boolean => !/^\.\.|^[A-Za-z]:/.test(path.relative(folder, file));
  while (!paths.every(holds) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  return {
    folder,
    name: (file) => path.relative(folder, real.get(file) ?? file).replaceAll(path.sep, '/'),
  };
}
