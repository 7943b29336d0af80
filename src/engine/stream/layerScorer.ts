import { layerParam, type LinearGroup, type LinearMember } from '../../core/model/decoderSpec';
import { topCount } from '../../core/selection/fraction';
import { sampledRows } from '../../core/stats/rowSample';
import { selectFlat } from '../../core/selection/selectTop';
import type { PreparedDataset } from '../../core/run/sample';
import type { TensorEntry } from '../../core/formats/safetensorsHeader';
import { SafetensorsWriter } from '../../store/safetensorsWriter';
import type { Feeds, Selections } from '../ort/runtime';
import { bytes } from '../ort/sharedMemory';
import { scoreGraph, type BuildQuantities } from './blockPrograms';
import { inOrder } from './inOrder';
import { breathe, type MethodRun, type PassContext } from './passContext';
import { rowChunks } from './rowChunks';

/** What the pass gathered for some rows of a stacked matrix: the graph's part and its feeds. */
export interface ChunkQuantities {
  /** Names the graph that `build` makes. */
  readonly key: string;
  readonly build: BuildQuantities;
  readonly feeds: Feeds;
}

type QuantitiesOf = (group: LinearGroup, firstRow: number, rows: number) => ChunkQuantities;

export const bitBytes = (units: number): number => Math.ceil(units / 8);
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
        for (const { method } of methods.filter(selectsAtOnce)) {
          const name = bitsName(method.id, dataset.id, layerParam(context.spec, layer, member.param));
          entries.push({ name, dtype: 'U8', shape: [bitBytes(member.rows * group.inFeatures)] });
        }
        if (!keepsSamples) continue;
        const param = layerParam(context.spec, layer, member.param);
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
          new MemberSelection(this.context, run, dataset, placed, {
            slot: index % width,
            keepsScores: scoreWriters.has(run.method.id),
          }),
      );
      const sample = this.keepsSamples ? new RowSample(this.param(member), placed, this.methods) : null;
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
    const rowSelections: Record<string, Selections[string]> = {};
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

interface PlacedMember {
  readonly group: LinearGroup;
  readonly member: LinearMember;
  /** Row of the group's stacked matrix where this member begins. */
  readonly memberFirstRow: number;
}

export function membersOf({ spec }: Pick<PassContext, 'spec'>): PlacedMember[] {
  return spec.groups.flatMap((group) => {
    let next = 0;
    return group.members.map((member) => {
      const memberFirstRow = next;
      next += member.rows;
      return { group, member, memberFirstRow };
    });
  });
}

interface MemberChunk extends PlacedMember {
  /** Within the member. */
  readonly firstRow: number;
  readonly rows: number;
  readonly selections: readonly MemberSelection[];
  readonly sample: RowSample | null;
}

/** Scores of a few rows of one matrix, by method. */
class RowSample {
  readonly scores: ReadonlyMap<string, Float32Array>;
  private readonly rows: readonly number[];
  private readonly columns: number;

  constructor(param: string, { group, member }: PlacedMember, methods: readonly MethodRun[]) {
    this.columns = group.inFeatures;
    this.rows = sampledRows(param, member.rows, group.inFeatures);
    this.scores = new Map(
      methods.map(({ method }) => [method.id, new Float32Array(this.rows.length * this.columns)]),
    );
  }

  /** Those among `rows` rows from `firstRow` on. */
  within(firstRow: number, rows: number): number[] {
    return this.rows.filter((row) => row >= firstRow && row < firstRow + rows);
  }

  set(methodId: string, rows: readonly number[], data: Float32Array): void {
    const first = this.rows.indexOf(rows[0] ?? -1);
    this.scores.get(methodId)?.set(data, first * this.columns);
  }
}

interface MemberSelectionOptions {
  /** Names the memory of the whole matrix where the scope needs it. */
  readonly slot: number;
  /** Scores are wanted as well. */
  readonly keepsScores: boolean;
}

/** The bits of one matrix for one method, and as much of its scores as its scope asks for. */
class MemberSelection {
  private made: Uint8Array | null = null;
  private whole: Float32Array | null = null;

  constructor(
    private readonly context: PassContext,
    readonly run: MethodRun,
    private readonly dataset: PreparedDataset,
    private readonly placed: PlacedMember,
    private readonly options: MemberSelectionOptions,
  ) {}

  /** Where the scores of some rows go; null where nobody but `rows` asks for them. */
  chunk(firstRow: number, rows: number, slot: number): Float32Array | null {
    const { scope, method } = this.run;
    const { inFeatures } = this.placed.group;
    if (scope === 'row' && !this.options.keepsScores) return null;
    if (scope !== 'matrix')
      return this.context.scratch.take(`scores.${method.id}.${slot}`, rows * inFeatures);
    const name = `scores.whole.${method.id}.${this.options.slot}`;
    this.whole ??= this.context.scratch.take(name, this.placed.member.rows * inFeatures);
    return this.whole.subarray(firstRow * inFeatures, (firstRow + rows) * inFeatures);
  }

  /** What is to be selected of some rows at once; null where the scope is larger than a row. */
  rows(firstRow: number, rows: number): Selections[string] | null {
    if (this.run.scope !== 'row') return null;
    const { inFeatures: columns } = this.placed.group;
    const count = topCount(fractionFor(this.run, this.dataset), columns);
    return { rows, columns, count, bits: this.bits, firstBit: firstRow * columns };
  }

  /** When all rows are scored. */
  finish(): Uint8Array {
    const { bits, whole } = this;
    if (whole) selectFlat(whole, topCount(fractionFor(this.run, this.dataset), whole.length), bits, 0);
    this.made = null;
    return bits;
  }

  private get bits(): Uint8Array {
    const { member, group } = this.placed;
    const shared = this.context.programs.width > 1;
    return (this.made ??= bytes(bitBytes(member.rows * group.inFeatures), shared));
  }
}

const bytesOf = (data: Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
