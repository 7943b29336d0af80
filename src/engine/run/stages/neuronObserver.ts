import path from 'node:path';

import { rankedCount, type NeuronType } from '../../../core/methods/safeNeuron';
import { layerKind, type DecoderSpec } from '../../../core/model/decoderSpec';
import { blockOf, type Replicate } from '../../../core/run/replicates';
import { countKept } from '../../../core/selection/neuronSelection';
import { inputError } from '../../../protocol/errors';
import { writeSafetensors } from '../../../store/writeSafetensors';
import type { BlockShape, DecoderBlock } from '../../blocks/decoderBlock';
import type { GraphBuilder } from '../../graph/graphBuilder';
import {
  addNeuronOutputs,
  columnNorms,
  contextImportances,
  ffnImportances,
  NEURON_ROWS,
  neuronOutputSizes,
  outputGram,
  qkWidth,
  type NeuronOutput,
} from '../../neurons/neuronOutputs';
import { QueryKeyImportance } from '../../neurons/queryKeyImportance';
import type { Feeds, Tensor } from '../../ort/runtime';
import type { ForwardObserver, SeenBatch } from '../../stream/forwardObserver';
import { breathe, layerName, type PassContext } from '../../stream/passContext';
import { longestText, type MicroBatch, type PlannedDataset } from '../../stream/passPlan';
import { ensureClean } from '../ensureClean';
import { changeUnits, paddedPrompt, promptLengths } from './neuronCost';
import { neuronReplicates, type NeuronPlan } from './neuronSettings';

export const neuronResultName = (layer: number): string => `safeNeuron-${layerName(layer)}.safetensors`;
export const countsName = (datasetId: string, type: NeuronType): string => `${datasetId}/${type}`;

type ByType<T> = Partial<Record<NeuronType, T>>;

/** Where scores of a layer go, or null where nobody asked for them. */
export type ScoreFile = (datasetId: string, layer: number) => string | null;

/**
 * Importances of the neurons of a layer, prompt by prompt, from the shared forward pass; keeps of them how many prompts
 * keep each neuron. Sums run over prompt positions: attention is causal, so a response changes nothing before it.
 */
export class NeuronObserver implements ForwardObserver {
  readonly key: string;
  readonly needsOutput = false;
  private readonly queryKey: QueryKeyImportance;
  private downNorms: Float64Array = new Float64Array();
  private gram: Float64Array = new Float64Array();
  private parts = new Map<string, readonly Replicate[]>();
  private counts = new Map<string, ByType<Int32Array<ArrayBuffer>>>();
  private scores: ByType<Float32Array> = {};
  private prepared = false;

  constructor(
    private readonly plan: NeuronPlan,
    private readonly pass: PassContext,
    private readonly scoreFile: ScoreFile,
  ) {
    const { mode, types, sides } = plan;
    this.key = `safeNeuron ${mode} ${types.join()}`;
    this.queryKey = new QueryKeyImportance(pass.spec, mode, sides, pass.programs);
    for (const { dataset } of pass.group.datasets) {
      dataset.samples.slice(0, plan.prompts).forEach(({ row, responseStart }) => {
        if (responseStart > (plan.excludeBos ? 1 : 0)) return;
        throw inputError(
          'prompt-empty',
          `Dataset '${dataset.id}', row ${row}: there is no prompt token that safeNeuron could look at.`,
          "Leave the row out with 'where', or use another template.",
        );
      });
    }
  }

  extend(b: GraphBuilder, block: DecoderBlock, spec: DecoderSpec, shape: BlockShape): void {
    addNeuronOutputs(b, block, spec, { ...this.plan, shape });
  }

  async beginLayer(layer: number): Promise<void> {
    const { spec, weights, group, progress, signal } = this.pass;
    const { mode, types } = this.plan;
    if (!this.prepared) {
      this.prepared = true;
      for (const { dataset } of group.datasets) {
        const file = this.scoreFile(dataset.id, layer);
        if (file !== null) await ensureClean(path.dirname(file));
      }
      progress.extra(layer * changeUnits(this.plan, promptLengths(this.plan, group.datasets)));
    }
    const matrix = (name: string): Float32Array => {
      const found = spec.groups.find((candidate) => candidate.name === name);
      return found ? weights.matrix(found) : new Float32Array();
    };
    if (mode === 'paper' && types.includes('ffn')) {
      this.downNorms = columnNorms(matrix('down'), spec.intermediateSize);
      await breathe(signal);
    }
    if (mode === 'paper' && (types.includes('v') || types.includes('o'))) {
      this.gram = outputGram(spec, matrix('o'));
      await breathe(signal);
    }
    const empty = (): ByType<Int32Array<ArrayBuffer>> =>
      Object.fromEntries(types.map((type) => [type, new Int32Array(rankedCount(spec, type, mode))]));
    this.parts = new Map(
      group.datasets.map(({ dataset }) => [dataset.id, neuronReplicates(this.plan, dataset)]),
    );
    const parts = [...this.parts.values()].flat();
    this.counts = new Map(
      [...group.datasets, ...parts].map(({ dataset }): [string, ByType<Int32Array<ArrayBuffer>>] => [
        dataset.id,
        empty(),
      ]),
    );
  }

  feeds(_layer: number, batch: MicroBatch): Feeds {
    const rows = new Float32Array(batch.samples.length * batch.length);
    batch.samples.forEach((_, index) => rows.set(this.promptRows(batch, index), index * batch.length));
    return { [NEURON_ROWS]: { data: rows, dims: [batch.samples.length, 1, batch.length] } };
  }

  outputs(_layer: number, batch: MicroBatch, slot: number): Feeds {
    const { spec, scratch } = this.pass;
    const { length } = batch;
    const { mode, types } = this.plan;
    const count = batch.samples.length;
    const sizes = neuronOutputSizes(spec, mode, types, { batch: count, length });
    return Object.fromEntries(
      Object.entries(sizes).map(([name, size]): [string, Tensor] => {
        const rows = name === 'safeNeuron.qk' ? count * length : count;
        return [name, { data: scratch.take(`${name}.${slot}`, size), dims: [rows, size / rows] }];
      }),
    );
  }

  async batchDone({ layer, planned, batch, outputs }: SeenBatch): Promise<void> {
    const { prompts } = this.plan;
    for (const [index, sampleIndex] of batch.sampleIndices.entries()) {
      if (sampleIndex >= prompts) continue;
      const found = {
        ...this.shared(outputs, batch, index),
        ...(await this.queryAndKey(outputs, layer, batch, index)),
      };
      this.keep(layer, planned, sampleIndex, found);
      await breathe(this.pass.signal);
    }
    if (batch === planned.batches.at(-1)) await this.writeScores(layer, planned);
  }

  async endLayer(layer: number): Promise<() => Promise<void>> {
    const { counts } = this;
    const file = this.pass.workFile(neuronResultName(layer));
    if (layer === this.pass.spec.layers - 1) await this.release();
    const tensors = [...counts].flatMap(([id, byType]) =>
      Object.entries(byType).map(([type, data]) => ({
        name: countsName(id, type as NeuronType),
        dtype: 'I32' as const,
        shape: [data.length],
        data,
      })),
    );
    return () => writeSafetensors(file, tensors, ({ data }) => bytesOf(data));
  }

  /** What the passes that follow need for themselves. */
  private async release(): Promise<void> {
    this.scores = {};
    this.queryKey.releaseBuffers();
    this.pass.scratch.drop('safeNeuron.');
    await this.pass.programs.drop((key) => key.startsWith('neurons '));
  }

  /** 1 at the prompt positions of a sample, [length]. */
  private promptRows(batch: MicroBatch, index: number): Float32Array {
    const rows = new Float32Array(batch.length);
    return rows.fill(1, this.plan.excludeBos ? 1 : 0, batch.samples[index]?.responseStart ?? 0);
  }

  /** What the shared graph has given of a sample. */
  private shared(outputs: Feeds, batch: MicroBatch, index: number): ByType<Float32Array> {
    const { mode, types } = this.plan;
    const part = (name: NeuronOutput): Float32Array => {
      const data = floatsOf(outputs, name) ?? new Float32Array();
      const each = data.length / batch.samples.length;
      return data.subarray(index * each, (index + 1) * each);
    };
    const ffn = types.includes('ffn') ? part('safeNeuron.ffn') : null;
    const context = types.includes('v') || types.includes('o') ? part('safeNeuron.context') : null;
    if (mode === 'code') return { ...(ffn ? { ffn } : {}), ...(context ? { v: context } : {}) };
    return {
      ...(ffn ? { ffn: ffnImportances(ffn, this.downNorms) } : {}),
      ...(context ? contextImportances(this.pass.spec, context, this.gram) : {}),
    };
  }

  private async queryAndKey(
    outputs: Feeds,
    layer: number,
    batch: MicroBatch,
    index: number,
  ): Promise<ByType<Float32Array>> {
    const { mode, sides } = this.plan;
    const qk = floatsOf(outputs, 'safeNeuron.qk');
    if (sides.length === 0 || !qk) return {};
    const { spec, positions, weights, progress } = this.pass;
    const width = qkWidth(spec);
    const length = paddedPrompt(batch.samples[index]?.responseStart ?? 0);
    const first = index * batch.length * width;
    const changes = await progress.timed('neurons.qk', () =>
      this.queryKey.changes({
        qk: qk.subarray(first, first + length * width),
        length,
        rows: this.promptRows(batch, index).subarray(0, length),
        window: layerKind(spec, layer).window,
        feeds: { ...weights.feeds(), ...positions.feeds(layer, length, longestText(batch)) },
      }),
    );
    progress.extra(changeUnits(this.plan, [length]));
    const found: ByType<Float32Array> = {};
    for (const side of sides) {
      // The released code squares and sums, and has one list for both.
      const sums = mode === 'code' ? changes.q : changes[side];
      found[side] = Float32Array.from(sums ?? [], (sum) => (mode === 'code' ? sum : Math.sqrt(sum)));
    }
    return found;
  }

  private keep(
    layer: number,
    { dataset }: PlannedDataset,
    prompt: number,
    found: ByType<Float32Array>,
  ): void {
    const { types, keepFraction, prompts } = this.plan;
    const counts = this.counts.get(dataset.id);
    const parts = (this.parts.get(dataset.id) ?? []).filter(({ blocks, inBlocks }) =>
      blocks.includes(blockOf(prompt, inBlocks)),
    );
    for (const type of types) {
      const [importances, kept] = [found[type], counts?.[type]];
      if (!importances || !kept) throw new Error(`No importances of ${type} in layer ${layer}.`);
      if (!importances.every(Number.isFinite)) {
        throw inputError(
          'activation-not-finite',
          `Dataset '${dataset.id}', row ${dataset.samples[prompt]?.row ?? prompt}, layer ${layer}: importances of ` +
            `${type} neurons overflow or are NaN, so nothing can be ranked by them.`,
          'Check the weights of the model: does it answer in float32?',
        );
      }
      const own = new Int32Array(kept.length);
      countKept(importances, 1, keepFraction, own);
      for (const id of [dataset.id, ...parts.map((part) => part.dataset.id)]) {
        const sum = this.counts.get(id)?.[type];
        own.forEach((isKept, neuron) => {
          if (sum) sum[neuron] = (sum[neuron] as number) + isKept;
        });
      }
      if (this.scoreFile(dataset.id, layer) === null) continue;
      const all = (this.scores[type] ??= new Float32Array(prompts * importances.length));
      all.set(importances, prompt * importances.length);
    }
  }

  private async writeScores(layer: number, { dataset }: PlannedDataset): Promise<void> {
    const file = this.scoreFile(dataset.id, layer);
    if (file === null) return;
    const { types, prompts } = this.plan;
    const tensors = types.map((type) => {
      const data = this.scores[type] ?? new Float32Array();
      const shape = [prompts, data.length / prompts];
      return { name: `model.layers.${layer}.${type}`, dtype: 'F32' as const, shape, data };
    });
    await writeSafetensors(file, tensors, ({ data }) => bytesOf(data));
  }
}

function floatsOf(outputs: Feeds, name: NeuronOutput): Float32Array | null {
  const data = outputs[name]?.data;
  return data instanceof Float32Array ? data : null;
}

const bytesOf = (data: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
