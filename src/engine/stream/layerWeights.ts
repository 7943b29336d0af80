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
import { floats } from '../ort/sharedMemory';

/** A second layer is held only where it is small beside all else that a pass holds. */
const AHEAD_BYTES = 64 * 2 ** 20;

/**
 * The weights of one decoder layer in float32, in buffers that every layer is read into in turn: the stacked matrix of
 * each linear group, its bias where there is one, and the norm gains.
 */
export class LayerWeights {
  private current: LayerBuffers;
  private ahead: LayerBuffers | null = null;
  private reading: { readonly layer: number; readonly done: Promise<void> } | null = null;
  private layer = -1;

  /** @param shared with the threads of `Lanes` */
  constructor(
    private readonly model: ModelSource,
    private readonly shared = false,
  ) {
    this.current = new LayerBuffers(model.spec, shared);
  }

  /** @throws ToolError cancelled: a layer of a large model takes seconds to come from a cold disk */
  async load(layer: number, signal?: AbortSignal): Promise<void> {
    if (layer === this.layer) return;
    // Whatever happens on the way: the buffers no longer hold the layer that they held.
    this.layer = -1;
    const reading = this.reading;
    this.reading = null;
    if (reading) await reading.done;
    if (reading?.layer === layer && this.ahead) [this.current, this.ahead] = [this.ahead, this.current];
    else await this.current.read(this.model, layer, signal);
    this.layer = layer;
  }

  /** Begins to read a layer that `load` will ask for while the present one is computed, if there is room. */
  loadAhead(layer: number, signal?: AbortSignal): void {
    const { spec } = this.model;
    if (layer < 0 || layer >= spec.layers || this.reading || layerBytes(spec) > AHEAD_BYTES) return;
    this.ahead ??= new LayerBuffers(spec, this.shared);
    const done = this.ahead.read(this.model, layer, signal);
    // `load` is told; until then it is not an unhandled rejection.
    done.catch(() => undefined);
    this.reading = { layer, done };
  }

  /** Waits for what is being read ahead: the model may be closed after it. */
  async settle(): Promise<void> {
    await this.reading?.done.catch(() => undefined);
    this.reading = null;
  }

  /** The stacked matrix of a group, shape (groupRows, inFeatures), of the layer loaded last. */
  matrix(group: LinearGroup): Float32Array {
    return this.current.matrix(group);
  }

  /** Inputs of a block graph, as decoderBlock declares them. */
  feeds(): Feeds {
    return this.current.feeds();
  }
}

class LayerBuffers {
  private readonly matrices: ReadonlyMap<string, Float32Array>;
  private readonly biases: ReadonlyMap<string, Float32Array>;
  private readonly norms: ReadonlyMap<NormGain, Float32Array>;

  constructor(
    private readonly spec: DecoderSpec,
    shared: boolean,
  ) {
    const { groups, norms } = spec;
    this.matrices = new Map(
      groups.map((group) => [group.name, floats(groupRows(group) * group.inFeatures, shared)]),
    );
    this.biases = new Map(
      groups.filter(hasBias).map((group) => [group.name, floats(groupRows(group), shared)]),
    );
    this.norms = new Map(norms.map((norm) => [norm, floats(norm.size, shared)]));
  }

  async read(model: ModelSource, layer: number, signal?: AbortSignal): Promise<void> {
    const { spec } = this;
    const read = (name: string, into: Float32Array): Promise<void> =>
      model.readFloat32(layerParam(spec, layer, name), into);
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
      await readGain(model, layerParam(spec, layer, param), gain);
    }
  }

  matrix(group: LinearGroup): Float32Array {
    const matrix = this.matrices.get(group.name);
    if (!matrix) throw new Error(`No linear group '${group.name}'.`);
    return matrix;
  }

  feeds(): Feeds {
    const { groups } = this.spec;
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

/** Layers whose weights a pass holds at a time. */
export const heldLayers = (spec: DecoderSpec): number => (layerBytes(spec) > AHEAD_BYTES ? 1 : 2);
