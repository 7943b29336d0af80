import type { Answer, Params, QueryName } from '../../../protocol/explorer/queries';
import type { ShownRuns } from '../shownRuns';

export interface QueryContext {
  readonly runs: ShownRuns;
  /** Aborted when the page asks something newer in its place, and when it is closed. */
  readonly signal: AbortSignal;
}

/** @throws ToolError whose message and mend the page shows */
export type QueryHandler<N extends QueryName> = (
  params: Params<N>,
  context: QueryContext,
) => Promise<Frozen<Answer<N>>>;

/** What was counted may be kept and given to several: nobody changes it. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
