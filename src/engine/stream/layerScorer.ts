import { bytesFor } from '../../core/masks/bitset';
import { layerParam, type LinearGroup, type LinearMember } from '../../core/model/decoderSpec';
import { sampledRows } from '../../core/stats/rowSample';
import type { PreparedDataset } from '../../core/run/sample';
import type { TensorEntry } from '../../core/formats/safetensorsHeader';
import { SafetensorsWriter } from '../../store/safetensorsWriter';
import type { Feeds, RowSelection } from '../ort/runtime';
import { scoreGraph, type BuildQuantities } from './blockPrograms';
import { inOrder } from './inOrder';
import { MemberSelection } from './memberSelection';
import { breathe, type MethodRun, type PassContext } from './passContext';
import { membersOf, type PlacedMember } from './placedMember';
import { rowChunks } from './rowChunks';
import { ScoreSample } from './scoreSample';

/** What the pass gathered for some rows of a stacked matrix: the graph's part and its feeds. */
export interface ChunkQuantities {
  /** Names the graph that `build` makes. */
  readonly key: string;
  readonly build: BuildQuantities;
  readonly feeds: Feeds;
}

type QuantitiesOf = (group: LinearGroup, firstRow: number, rows: number) => ChunkQuantities;

export const bitsName = (methodId: string, datasetId: string, param: string): string =>
  `${methodId}/${datasetId}/${param}`;

/** Scores of the rows that `sampledRows` draws. */
export const sampleName = (methodId: string, datasetId: string, param: string): string =>
  `sample/${bitsName(methodId, datasetId, param)}`;

interface ScorerOptions {
  /** Also keep the scores of a few rows of each matrix, whatever the scope: floors are made of them. */
  readonly keepsSamples: boolean;
}

/**
 * Scores and selects one layer for all datasets of a group, matrix by matrix and chunk by chunk, and streams the bits
 * into the layer's result file, whose appearance marks the layer as done. With scope `model` the scores go to disk and
 * selection waits until the last layer is scored.
 */
export class LayerScorer {
  private constructor(
    private readonly context: PassContext,
    private readonly methods: readonly MethodRun[],
    private readonly layer: number,
    private readonly results: SafetensorsWriter,
    private readonly keepsSamples: boolean,
  ) {}

  static async begin(
    context: PassContext,
    methods: readonly MethodRun[],
    layer: number,
    resultFile: string,
    { keepsSamples }: ScorerOptions = { keepsSamples: true },
  ): Promise<LayerScorer> {
    const entries: TensorEntry[] = [];
    for (const { dataset } of context.group.datasets) {
      for (const { group, member } of membersOf(context)) {
        const param = layerParam(context.spec, layer, member.param);
        for (const { method } of methods.filter(selectsAtOnce)) {
          const name = bitsName(method.id, dataset.id, param);
          entries.push({ name, dtype: 'U8', shape: [bytesFor(member.rows * group.inFeatures)] });
        }
        if (!keepsSamples) continue;
        const { length } = sampledRows(param, member.rows, group.inFeatures);
        for (const { method } of methods) {
          const name = sampleName(method.id, dataset.id, param);
          entries.push({ name, dtype: 'F32', shape: [length, group.inFeatures] });
        }
      }
    }
    const results = await SafetensorsWriter.create(resultFile, entries, {});
    return new LayerScorer(context, methods, layer, results, keepsSamples);
  }

  /** Every matrix of the layer for one dataset; datasets must come in the group's order. */
  async scoreDataset(dataset: PreparedDataset, quantities: QuantitiesOf): Promise<void> {
    const scoreWriters = await this.openScoreFiles(dataset);
    try {
      await this.scoreMembers(dataset, quantities, scoreWriters);
    } catch (thrown) {
      for (const writer of scoreWriters.values()) await writer.abort();
      throw thrown;
    }
    for (const writer of scoreWriters.values()) await writer.finish();
  }

  /** Renames the result file into place: from here on the layer is done. */
  async finish(): Promise<void> {
    await this.results.finish();
  }

  /** Gives the layer up: closes and removes what is half written. */
  async abort(): Promise<void> {
    await this.results.abort();
  }

  private async scoreMembers(
    dataset: PreparedDataset,
    quantities: QuantitiesOf,
    scoreWriters: ReadonlyMap<string, SafetensorsWriter>,
  ): Promise<void> {
    const { programs, limits, signal } = this.context;
    // Whole matrices of scores are large: no more of them than are computed at a time.
    const holdsMatrices = this.methods.some(({ scope }) => scope === 'matrix');
    const width = holdsMatrices ? programs.sideBySide : programs.width;
    const chunks = membersOf(this.context).flatMap((placed, index) => {
      const { group, member } = placed;
      // Members of one matrix share memory with no other that is under way.
      const selections = this.methods.map(
        (run) =>
          new MemberSelection(this.context, run, placed, {
            slot: index % width,
            keepsScores: scoreWriters.has(run.method.id),
            fraction: fractionFor(run, dataset),
          }),
      );
      const sample = this.keepsSamples ? new ScoreSample(this.param(member), placed, this.methods) : null;
      return rowChunks(member.rows, group.inFeatures, limits).map((range) => ({
        ...placed,
        ...range,
        selections,
        sample,
      }));
    });
    await inOrder(
      width,
      chunks,
      async (chunk, slot) => this.scoreChunk(chunk, slot, quantities),
      async (chunk, scores) => {
        const param = this.param(chunk.member);
        for (const [id, data] of scores) await scoreWriters.get(id)?.write(param, bytesOf(data));
        if (chunk.firstRow + chunk.rows === chunk.member.rows) {
          for (const selection of chunk.selections.filter(({ run }) => selectsAtOnce(run))) {
            await this.results.write(
              bitsName(selection.run.method.id, dataset.id, param),
              selection.finish(),
            );
          }
          for (const [id, data] of chunk.sample?.scores ?? []) {
            await this.results.write(sampleName(id, dataset.id, param), bytesOf(data));
          }
        }
        await breathe(signal);
      },
    );
  }

  private param(member: LinearMember): string {
    return layerParam(this.context.spec, this.layer, member.param);
  }

  /** Returns the scores by method, in lent memory, where they are asked for. */
  private async scoreChunk(
    { group, memberFirstRow, firstRow, rows, selections, sample }: MemberChunk,
    slot: number,
    quantities: QuantitiesOf,
  ): Promise<ReadonlyMap<string, Float32Array>> {
    const { programs, weights } = this.context;
    const { inFeatures } = group;
    const begin = (memberFirstRow + firstRow) * inFeatures;
    const weight = {
      data: weights.matrix(group).subarray(begin, begin + rows * inFeatures),
      dims: [rows, inFeatures],
    };
    const { key, build, feeds } = quantities(group, memberFirstRow + firstRow, rows);
    const methods = this.methods.map(({ method }) => method);
    const sampled = sample?.within(firstRow, rows) ?? [];
    const keepsSample = sampled.length > 0;
    const program = await programs.get(
      `score ${key}${keepsSample ? ' sampled' : ''}`,
      () => scoreGraph(methods, build, { keepsSample }),
      { openShapes: true },
    );
    const scores = new Map<string, Float32Array>();
    const rowSelections: Record<string, RowSelection> = {};
    for (const selection of selections) {
      const { id } = selection.run.method;
      const chunk = selection.chunk(firstRow, rows, slot);
      if (chunk) scores.set(id, chunk);
      const rowSelection = selection.rows(firstRow, rows);
      if (rowSelection) rowSelections[`scores.${id}`] = rowSelection;
    }
    const outputs = Object.fromEntries(
      [...scores].map(([id, data]) => [`scores.${id}`, { data, dims: [rows, inFeatures] }]),
    );
    const samples = new Map(
      (keepsSample ? methods : []).map(({ id }) => [
        id,
        this.context.scratch.take(`scores.sample.${id}.${slot}`, sampled.length * inFeatures),
      ]),
    );
    for (const [id, data] of samples) {
      outputs[`sample.${id}`] = { data, dims: [sampled.length, inFeatures] };
    }
    const rowsOfSample = BigInt64Array.from(sampled, (row) => BigInt(row - firstRow));
    await program.run(
      {
        weight,
        ...feeds,
        ...(keepsSample ? { sampledRows: { data: rowsOfSample, dims: [sampled.length] } } : {}),
      },
      outputs,
      rowSelections,
    );
    for (const [id, data] of samples) sample?.set(id, sampled, data);
    return scores;
  }

  private async openScoreFiles(dataset: PreparedDataset): Promise<Map<string, SafetensorsWriter>> {
    const { spec } = this.context;
    const writers = new Map<string, SafetensorsWriter>();
    for (const { method } of this.methods) {
      const file = this.context.scoreFile(method.id, dataset.id, this.layer);
      if (file === null) continue;
      const entries = membersOf(this.context).map(({ group, member }) => ({
        name: layerParam(spec, this.layer, member.param),
        dtype: 'F32' as const,
        shape: [member.rows, group.inFeatures],
      }));
      writers.set(method.id, await SafetensorsWriter.create(file, entries, {}));
    }
    return writers;
  }
}

/** Scope `model` needs a threshold over all layers, so its bits are found after the pass. */
export const selectsAtOnce = (run: MethodRun): boolean => run.scope !== 'model';

export function fractionFor(run: MethodRun, dataset: PreparedDataset): number {
  return dataset.role === 'utility' ? run.utilityTopFraction : run.topFraction;
}

interface MemberChunk extends PlacedMember {
  /** Within the member. */
  readonly firstRow: number;
  readonly rows: number;
  readonly selections: readonly MemberSelection[];
  readonly sample: ScoreSample | null;
}

const bytesOf = (data: Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
