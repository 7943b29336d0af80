/**
 * Regions of parts of a dataset's samples, made in the same pass: two halves, and all but one of some disjoint blocks.
 * Sample i lies in block i mod g, so that a block has its share of every stretch of the source.
 */
import type { PreparedDataset } from './sample';

export interface ReplicateSettings {
  readonly halves: boolean;
  /** Blocks to leave out one by one; 0: none. */
  readonly jackknife: number;
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
export const isReplicateId = (id: string): boolean => id.includes('@');

/** How many blocks samples are counted in. Even: a half is every other block. */
export const blockCount = ({ halves, jackknife }: ReplicateSettings): number =>
  Math.max(jackknife, halves ? 2 : 0);

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
  const halves = HALVES.map((half) =>
    part(
      halfId(dataset.id, half),
      all.filter((block) => block % 2 === half - 1),
    ),
  );
  const isBlocked = settings.jackknife > 0 && dataset.samples.length >= blocks;
  return [
    ...(settings.halves ? halves : []),
    ...(isBlocked
      ? all.map((left) =>
          part(
            leaveOutId(dataset.id, left),
            all.filter((block) => block !== left),
          ),
        )
      : []),
  ];
}
