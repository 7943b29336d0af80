/**
 * Regions of parts of a dataset's samples, made in the same pass: two halves, all but one of some disjoint blocks, and
 * halves without one of theirs. Sample i lies in block i mod g, so that a block has its share of every stretch of the
 * source. A second draw of as many samples is a dataset of its own, of which there are no halves.
 */
import type { PreparedDataset } from './sample';

export interface ReplicateSettings {
  readonly halves: boolean;
  /** Blocks to leave out one by one; 0: none. */
  readonly jackknife: number;
  /** As many samples again, none of them in the first draw. */
  readonly secondDraw: boolean;
}

/** A part of a dataset, as a dataset of its own: region files take its id for their name. */
export interface Replicate {
  readonly dataset: PreparedDataset;
  /** Id of the dataset that it is part of. */
  readonly of: string;
  /** Blocks whose samples it has, ascending. */
  readonly blocks: readonly number[];
  /** How many blocks the dataset is cut into. */
  readonly inBlocks: number;
}

export const HALVES = [1, 2] as const;

/** No id of a dataset has an @. */
export const halfId = (id: string, half: number): string => `${id}@half${half}`;
export const leaveOutId = (id: string, block: number): string => `${id}@without${block + 1}`;
/** The half that the block belongs to, without the block. */
export const halfLeaveOutId = (id: string, block: number): string =>
  `${halfId(id, halfOf(block))}without${block + 1}`;
const SECOND_DRAW = '@draw2';
export const secondDrawId = (id: string): string => `${id}${SECOND_DRAW}`;
export const isSecondDraw = (id: string): boolean => id.endsWith(SECOND_DRAW);
/** The dataset that a draw, the first or the second, is from. */
export const drawnFrom = (id: string): string => (isSecondDraw(id) ? id.slice(0, -SECOND_DRAW.length) : id);
export const isReplicateId = (id: string): boolean => id.includes('@');

/** How many blocks samples are counted in. Even: a half is every other block. */
export const blockCount = ({ halves, jackknife }: ReplicateSettings): number =>
  Math.max(jackknife, halves ? 2 : 0);

/** Every other block: 1 or 2. */
export const halfOf = (block: number): (typeof HALVES)[number] => (block % 2 === 0 ? 1 : 2);

/** Are there halves without one of their blocks? A half of one block would be empty without it. */
export const hasHalfLeaveOuts = ({ halves, jackknife }: ReplicateSettings): boolean =>
  halves && jackknife >= 4;

export const blockOf = (sampleIndex: number, blocks: number): number => sampleIndex % blocks;

/** Those of one dataset; none of the utility set, and none where a part would have no sample. */
export function replicatesOf(dataset: PreparedDataset, settings: ReplicateSettings): Replicate[] {
  const blocks = blockCount(settings);
  const all = Array.from({ length: blocks }, (_, block) => block);
  if (dataset.role === 'utility' || dataset.samples.length < 2) return [];
  const part = (id: string, of: readonly number[]): Replicate => ({
    dataset: {
      ...dataset,
      id,
      samples: dataset.samples.filter((_, index) => of.includes(blockOf(index, blocks))),
    },
    of: dataset.id,
    blocks: of,
    inBlocks: blocks,
  });
  const isBlocked = settings.jackknife > 0 && dataset.samples.length >= blocks;
  const ofHalf = (half: number): number[] => all.filter((block) => halfOf(block) === half);
  const without = (of: readonly number[], left: number): number[] => of.filter((block) => block !== left);
  const leaveOuts = all.map((left) => part(leaveOutId(dataset.id, left), without(all, left)));
  if (isSecondDraw(dataset.id)) return isBlocked ? leaveOuts : [];
  return [
    ...(settings.halves ? HALVES.map((half) => part(halfId(dataset.id, half), ofHalf(half))) : []),
    ...(isBlocked ? leaveOuts : []),
    ...(isBlocked && hasHalfLeaveOuts(settings)
      ? all.map((left) => part(halfLeaveOutId(dataset.id, left), without(ofHalf(halfOf(left)), left)))
      : []),
  ];
}
