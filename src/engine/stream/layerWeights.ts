import {
  groupRows,
  layerParam,
  type DecoderSpec,
  type LinearGroup,
  type NormGain,
} from '../../core/model/decoderSpec';
import { cancelledError } from '../../protocol/errors';
import type { ModelSource } from '../formats/modelDirectory';
import type { Feeds } from '../ort/runtime';

/**
 * The weights of one decoder layer in float32, in buffers that every layer is read into in turn: the stacked matrix of
 * each linear group, its bias where there is one, and the norm gains.
 */
export class LayerWeights {
  private readonly matrices: ReadonlyMap<string, Float32Array>;
  private readonly biases: ReadonlyMap<string, Float32Array>;
  private readonly norms: ReadonlyMap<NormGain, Float32Array>;
  private layer = -1;

  constructor(private readonly model: ModelSource) {
    const { groups, norms } = model.spec;
    this.matrices = new Map(
      groups.map((group) => [group.name, new Float32Array(groupRows(group) * group.inFeatures)]),
    );
    this.biases = new Map(
      groups.filter(hasBias).map((group) => [group.name, new Float32Array(groupRows(group))]),
    );
    this.norms = new Map(norms.map((norm) => [norm, new Float32Array(norm.size)]));
  }

  /** @throws ToolError cancelled: a layer of a large model takes seconds to come from a cold disk */
  async load(layer: number, signal?: AbortSignal): Promise<void> {
    if (layer === this.layer) return;
    // Whatever happens on the way: the buffers no longer hold the layer that they held.
    this.layer = -1;
    const { spec } = this.model;
    const read = (name: string, into: Float32Array): Promise<void> =>
      this.model.readFloat32(layerParam(spec, layer, name), into);
    for (const group of spec.groups) {
      let row = 0;
      for (const member of group.members) {
        if (signal?.aborted) throw cancelledError();
        const begin = row * group.inFeatures;
        await read(member.param, this.matrix(group).subarray(begin, begin + member.rows * group.inFeatures));
        const bias = this.biases.get(group.name);
        if (bias && member.bias !== undefined) await read(member.bias, bias.subarray(row, row + member.rows));
        row += member.rows;
      }
    }
    for (const [{ param }, gain] of this.norms) {
      await readGain(this.model, layerParam(spec, layer, param), gain);
    }
    this.layer = layer;
  }

  /** The stacked matrix of a group, shape (groupRows, inFeatures), of the layer loaded last. */
  matrix(group: LinearGroup): Float32Array {
    const matrix = this.matrices.get(group.name);
    if (!matrix) throw new Error(`No linear group '${group.name}'.`);
    return matrix;
  }

  /** Inputs of a block graph, as decoderBlock declares them. */
  feeds(): Feeds {
    const { groups } = this.model.spec;
    return {
      ...Object.fromEntries(
        groups.map((group) => [
          `weight.${group.name}`,
          { data: this.matrix(group), dims: [groupRows(group), group.inFeatures] },
        ]),
      ),
      ...Object.fromEntries(
        [...this.biases].map(([name, data]) => [`bias.${name}`, { data, dims: [data.length] }]),
      ),
      ...Object.fromEntries(
        [...this.norms].map(([{ name, size }, data]) => [`norm.${name}`, { data, dims: [size] }]),
      ),
    };
  }
}

/** A norm's gain as it is multiplied: some models store it less 1. */
export async function readGain(model: ModelSource, name: string, into: Float32Array): Promise<void> {
  await model.readFloat32(name, into);
  const { normOffset } = model.spec;
  if (normOffset !== 0) into.forEach((value, index) => (into[index] = normOffset + value));
}

const hasBias = (group: LinearGroup): boolean => group.members.some((member) => member.bias !== undefined);

export function layerBytes(spec: DecoderSpec): number {
  return 4 * spec.groups.reduce((sum, group) => sum + groupRows(group) * group.inFeatures, 0);
}
