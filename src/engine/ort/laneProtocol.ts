import type { ErrorData } from '../../protocol/errors';
import type { Feeds, Model, Selections } from './runtime';

/** What a lane is asked for. Tensors in shared memory cross by reference, all others are copied. */
export type LaneJob =
  | { readonly kind: 'probe' }
  | { readonly kind: 'compile'; readonly program: number; readonly model: Model }
  | {
      readonly kind: 'run';
      readonly program: number;
      readonly feeds: Feeds;
      readonly outputs: Feeds;
      /** Outputs whose memory is not shared: the lane's answer brings them. */
      readonly returned: Readonly<Record<string, readonly number[]>>;
      readonly selections: Selections;
    }
  | { readonly kind: 'release'; readonly program: number };

export interface LaneRequest {
  readonly id: number;
  readonly job: LaneJob;
}

/** Asks a lane to end once the graph that it runs is through: ended in it, it would take its process along. */
export const END = 'end';

export type LaneAnswer =
  | { readonly id: number; readonly returned: Readonly<Record<string, Float32Array>> }
  | { readonly id: number; readonly error: ErrorData };

export interface LaneSettings {
  readonly threads: number;
}
