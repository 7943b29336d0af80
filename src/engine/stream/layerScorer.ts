import { layerParam, type LinearGroup, type LinearMember } from '../../core/model/decoderSpec';
import { topCount } from '../../core/selection/fraction';
import { selectFlat, selectRows } from '../../core/selection/selectTop';
import type { PreparedDataset } from '../../core/run/sample';
import type { TensorEntry } from '../../core/formats/safetensorsHeader';
import { SafetensorsWriter } from '../../store/safetensorsWriter';
import type { Feeds } from '../ort/runtime';
import { scoreGraph, type BuildQuantities } from './blockPrograms';
import { breathe, type MethodRun, type PassContext } from './passContext';

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
  ) {}

  static async begin(
    context: PassContext,
    methods: readonly MethodRun[],
    layer: number,
    resultFile: string,
  ): Promise<LayerScorer> {
    const entries: TensorEntry[] = [];
    for (const { dataset } of context.group.datasets) {
      for (const { group, member } of membersOf(context)) {
        for (const { method } of methods.filter(selectsAtOnce)) {
          const name = bitsName(method.id, dataset.id, layerParam(context.spec, layer, member.param));
          entries.push({ name, dtype: 'U8', shape: [bitBytes(member.rows * group.inFeatures)] });
        }
      }
    }
    return new LayerScorer(context, methods, layer, await SafetensorsWriter.create(resultFile, entries, {}));
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
    for (const { group, member, memberFirstRow } of membersOf(this.context)) {
      const bits = await this.scoreMember(dataset, group, member, memberFirstRow, quantities, scoreWriters);
      const param = layerParam(this.context.spec, this.layer, member.param);
      for (const { method } of this.methods.filter(selectsAtOnce)) {
        const found = bits.get(method.id);
        if (found) await this.results.write(bitsName(method.id, dataset.id, param), found);
      }
    }
  }

  private async scoreMember(
    dataset: PreparedDataset,
    group: LinearGroup,
    member: LinearMember,
    memberFirstRow: number,
    quantities: QuantitiesOf,
    scoreWriters: ReadonlyMap<string, SafetensorsWriter>,
  ): Promise<Map<string, Uint8Array>> {
    const { spec, limits, weights } = this.context;
    const { inFeatures } = group;
    const chunkRows = Math.min(member.rows, Math.max(1, Math.floor(limits.chunkElements / inFeatures)));
    const selections = new Map(
      this.methods.map((run) => [
        run.method.id,
        new MemberSelection(run, dataset, member.rows, inFeatures, (wholeMatrix) =>
          this.context.scratch.take(
            `scores.${run.method.id}`,
            (wholeMatrix ? member.rows : chunkRows) * inFeatures,
          ),
        ),
      ]),
    );
    const matrix = weights.matrix(group);
    const methods = this.methods.map(({ method }) => method);
    for (let first = 0; first < member.rows; first += chunkRows) {
      const rows = Math.min(chunkRows, member.rows - first);
      const begin = (memberFirstRow + first) * inFeatures;
      const weight = { data: matrix.subarray(begin, begin + rows * inFeatures), dims: [rows, inFeatures] };
      const { key, build, feeds } = quantities(group, memberFirstRow + first, rows);
      const program = await this.context.programs.get(`score ${key}`, () => scoreGraph(methods, build), {
        openShapes: true,
      });
      const outputs = [...selections].map(([id, selection]) => [
        `scores.${id}`,
        { data: selection.chunk(first, rows), dims: [rows, inFeatures] },
      ]);
      await program.run({ weight, ...feeds }, Object.fromEntries(outputs) as Feeds);
      for (const [id, selection] of selections) {
        const param = layerParam(spec, this.layer, member.param);
        await scoreWriters.get(id)?.write(param, bytesOf(selection.chunk(first, rows)));
        selection.chunkScored(first, rows);
      }
      await breathe(this.context.signal);
    }
    return new Map([...selections].map(([id, selection]) => [id, selection.finish()]));
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

/** Scores of one matrix for one method, as much of it at a time as its scope asks for, and the bits they give. */
class MemberSelection {
  private readonly bits: Uint8Array;
  private readonly scores: Float32Array;
  private readonly holdsAll: boolean;

  constructor(
    private readonly run: MethodRun,
    private readonly dataset: PreparedDataset,
    private readonly rows: number,
    private readonly inFeatures: number,
    takeScores: (wholeMatrix: boolean) => Float32Array,
  ) {
    this.holdsAll = run.scope === 'matrix';
    this.bits = new Uint8Array(bitBytes(rows * inFeatures));
    this.scores = takeScores(this.holdsAll);
  }

  chunk(first: number, rows: number): Float32Array {
    const begin = this.holdsAll ? first * this.inFeatures : 0;
    return this.scores.subarray(begin, begin + rows * this.inFeatures);
  }

  chunkScored(first: number, rows: number): void {
    if (this.run.scope !== 'row') return;
    const kPerRow = topCount(fractionFor(this.run, this.dataset), this.inFeatures);
    selectRows(this.chunk(first, rows), rows, this.inFeatures, kPerRow, this.bits, first * this.inFeatures);
  }

  finish(): Uint8Array {
    if (this.run.scope === 'matrix') {
      const k = topCount(fractionFor(this.run, this.dataset), this.rows * this.inFeatures);
      selectFlat(this.scores, k, this.bits, 0);
    }
    return this.bits;
  }
}

const bytesOf = (data: Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
