import type { Translate } from '../../../core/report/translate';
import type { Answer, Params, QueryName } from '../../../protocol/explorer/queries';
import type { SetupFile } from '../setupFile';
import type { ShownRuns } from '../shownRuns';

export interface QueryContext {
  readonly runs: ShownRuns;
  /** The experiment's file; none where runs are compared, and where a run's file is gone. */
  readonly setup?: SetupFile | null;
  /** In whose language figures are; English where left out. */
  readonly l10n?: { readonly t: Translate };
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
