import { groupRows, layerParam, type DecoderSpec, type LinearGroup } from '../../core/model/decoderSpec';
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
  private readonly vectors: ReadonlyMap<string, Float32Array>;

  constructor(
    private readonly spec: DecoderSpec,
    shared: boolean,
  ) {
    this.matrices = new Map(
      spec.groups.map((group) => [group.name, floats(groupRows(group) * group.inFeatures, shared)]),
    );
    this.vectors = layerVectors(spec, shared);
  }

  async read(model: ModelSource, layer: number, signal?: AbortSignal): Promise<void> {
    const { spec } = this;
    for (const group of spec.groups) {
      let row = 0;
      for (const { param, rows } of group.members) {
        if (signal?.aborted) throw cancelledError();
        const [begin, end] = [row * group.inFeatures, (row + rows) * group.inFeatures];
        await model.readFloat32(layerParam(spec, layer, param), this.matrix(group).subarray(begin, end));
        row += rows;
      }
    }
    await readVectors(model, layer, this.vectors);
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
      ...Object.fromEntries([...this.vectors].map(([name, data]) => [name, { data, dims: [data.length] }])),
    };
  }
}

/** Room for all inputs of a block that are no matrices, by their names: norm gains, and biases where there are any. */
export function layerVectors({ norms, groups }: DecoderSpec, shared = false): Map<string, Float32Array> {
  const lengths: [string, number][] = [
    ...norms.map(({ name, size }): [string, number] => [`norm.${name}`, size]),
    ...groups.filter(hasBias).map((group): [string, number] => [`bias.${group.name}`, groupRows(group)]),
  ];
  return new Map(lengths.map(([name, length]) => [name, floats(length, shared)]));
}

/** @param into of `layerVectors`; what members of a group without a bias have there stays as it is */
export async function readVectors(
  model: ModelSource,
  layer: number,
  into: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  const { spec } = model;
  for (const { name, param } of spec.norms) {
    const gain = into.get(`norm.${name}`);
    if (gain) await readGain(model, layerParam(spec, layer, param), gain);
  }
  for (const group of spec.groups) {
    const bias = into.get(`bias.${group.name}`);
    let row = 0;
    for (const member of group.members) {
      if (bias && member.bias !== undefined) {
        const name = layerParam(spec, layer, member.bias);
        await model.readFloat32(name, bias.subarray(row, row + member.rows));
      }
      row += member.rows;
    }
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
