/** Which stored regions of parts of samples are counted together, for ceilings, positions and their intervals. */
import {
  blockCount,
  halfId,
  halfLeaveOutId,
  halfOf,
  HALVES,
  hasHalfLeaveOuts,
  leaveOutId,
  secondDrawId,
  type ReplicateSettings,
} from '../run/replicates';

/** One part of the samples of each dataset, or two. */
export interface SampleFamily {
  readonly kind: 'halves' | 'draws' | 'leaveOut';
  /** Of the two samples, the one that a block is left out of: 0 or 1; null where none is. */
  readonly leftOut: number | null;
  /** Ids of the parts of a dataset; its own id is its whole region. */
  readonly partsOf: (id: string) => readonly string[];
}

/** Those that experiments with these settings may have, in an order in which no part is needed for long. */
export function sampleFamilies(settings: ReplicateSettings): SampleFamily[] {
  const blocks = settings.jackknife > 0 ? blockCount(settings) : 0;
  const all = Array.from({ length: blocks }, (_, block) => block);
  const halvesOf = (id: string): string[] => HALVES.map((half) => halfId(id, half));
  const drawsOf = (id: string): string[] => [id, secondDrawId(id)];
  const replaced = (parts: readonly string[], sample: number, by: string): string[] =>
    parts.map((part, i) => (i === sample ? by : part));
  const halves: SampleFamily[] = settings.halves
    ? [
        { kind: 'halves', leftOut: null, partsOf: halvesOf },
        ...(hasHalfLeaveOuts(settings)
          ? all.map((block): SampleFamily => {
              const sample = halfOf(block) - 1;
              return {
                kind: 'halves',
                leftOut: sample,
                partsOf: (id) => replaced(halvesOf(id), sample, halfLeaveOutId(id, block)),
              };
            })
          : []),
      ]
    : [];
  const leaveOuts = all.flatMap((block): SampleFamily[] => [
    { kind: 'leaveOut', leftOut: null, partsOf: (id) => [leaveOutId(id, block)] },
    ...(settings.secondDraw
      ? [0, 1].map((sample): SampleFamily => ({
          kind: 'draws',
          leftOut: sample,
          partsOf: (id) => {
            const draws = drawsOf(id);
            return replaced(draws, sample, leaveOutId(draws[sample] ?? id, block));
          },
        }))
      : []),
  ]);
  const draws: SampleFamily[] = settings.secondDraw
    ? [{ kind: 'draws', leftOut: null, partsOf: drawsOf }]
    : [];
  return [...halves, ...draws, ...leaveOuts];
}
