import { groupRows, type LinearGroup } from '../../core/model/decoderSpec';
import type { Feeds, Tensor } from '../ort/runtime';
import { sumGraph } from './blockPrograms';
import type { HeldPair } from './pairBuffer';
import type { PassContext } from './passContext';

/** Some rows of a group's stacked matrix. */
export interface GroupRows {
  readonly group: LinearGroup;
  readonly firstRow: number;
  readonly rows: number;
}

/** How `sumOfPairs` is to be built, and its inputs. */
export interface PairSum {
  readonly batches: number;
  readonly windowed: boolean;
  readonly feeds: Feeds;
}

/** @param before what was summed up to here, the same rows; undefined where nothing was */
export function pairSum(
  { scratch }: PassContext,
  { group, firstRow, rows }: GroupRows,
  pairs: readonly HeldPair[],
  before: Float32Array | undefined,
): PairSum {
  // The zeros are never written to.
  const acc = before ?? scratch.take('pairs.zeros', rows * group.inFeatures);
  const windowed = rows !== groupRows(group);
  return {
    batches: pairs.length,
    windowed,
    feeds: {
      acc: { data: acc, dims: [rows, group.inFeatures] },
      ...Object.fromEntries(
        pairs.flatMap(({ dY, X }, k) => [
          [`dY.${k}`, dY],
          [`X.${k}`, X],
        ]),
      ),
      ...(windowed ? { firstRow: index(firstRow), endRow: index(firstRow + rows) } : {}),
    },
  };
}

const index = (value: number): Tensor => ({ data: BigInt64Array.of(BigInt(value)), dims: [1] });

/** Returns the sum in memory that is lent until the slot is used again. */
export async function runPairSum(
  { programs, scratch }: PassContext,
  { group, rows }: GroupRows,
  { batches, windowed, feeds }: PairSum,
  slot: number,
): Promise<Float32Array> {
  const program = await programs.get(`sum ${batches} ${windowed}`, () => sumGraph(batches, windowed), {
    openShapes: true,
  });
  const sum = scratch.take(`pairs.sum.${slot}`, rows * group.inFeatures);
  await program.run(feeds, { sum: { data: sum, dims: [rows, group.inFeatures] } });
  return sum;
}
