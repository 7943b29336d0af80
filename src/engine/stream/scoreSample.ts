import { sampledRows } from '../../core/stats/rowSample';
import type { MethodRun } from './passContext';
import type { PlacedMember } from './placedMember';

/** Scores of a few rows of one matrix, by method. */
export class ScoreSample {
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
