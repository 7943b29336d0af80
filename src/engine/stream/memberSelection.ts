import { bytesFor } from '../../core/masks/bitset';
import { topCount } from '../../core/selection/fraction';
import { selectFlat } from '../../core/selection/selectTop';
import type { RowSelection } from '../ort/runtime';
import { bytes } from '../ort/sharedMemory';
import type { MethodRun, PassContext } from './passContext';
import type { PlacedMember } from './placedMember';

interface MemberSelectionOptions {
  /** Names the memory of the whole matrix where the scope needs it. */
  readonly slot: number;
  /** Scores are wanted as well. */
  readonly keepsScores: boolean;
  /** Share of the matrix, or of each of its rows, that is to be selected. */
  readonly fraction: number;
}

/** The bits of one matrix for one method, and as much of its scores as its scope asks for. */
export class MemberSelection {
  private made: Uint8Array | null = null;
  private whole: Float32Array | null = null;

  constructor(
    private readonly context: PassContext,
    readonly run: MethodRun,
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
  rows(firstRow: number, rows: number): RowSelection | null {
    if (this.run.scope !== 'row') return null;
    const { inFeatures: columns } = this.placed.group;
    const count = topCount(this.options.fraction, columns);
    return { rows, columns, count, bits: this.bits, firstBit: firstRow * columns };
  }

  /** When all rows are scored. */
  finish(): Uint8Array {
    const { bits, whole } = this;
    if (whole) selectFlat(whole, topCount(this.options.fraction, whole.length), bits, 0);
    this.made = null;
    return bits;
  }

  private get bits(): Uint8Array {
    const { member, group } = this.placed;
    const shared = this.context.programs.width > 1;
    return (this.made ??= bytes(bytesFor(member.rows * group.inFeatures), shared));
  }
}
