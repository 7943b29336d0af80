import type * as z from 'zod/mini';
import type { ToHost } from '../../../src/protocol/explorer/messages';
import type { ExplorerMethod, ExplorerRun } from '../../../src/protocol/explorer/overview';
import type { Answer, Params, QueryName } from '../../../src/protocol/explorer/queries';
import type { Drawn } from '../drawn';

/** What several views have in common, and keep when one goes from view to view. */
export interface Switches {
  /** Show the regions without the utility region, where the run has one. */
  readonly isoUtility: boolean;
  readonly logScale: boolean;
}

/** One tab. Adding one is a file here and a line in registry.ts. */
export interface View {
  /** Kept in the page's state. */
  readonly id: string;
  readonly title: string;
  /** A view without anything to show of this run has no tab. */
  isFor(run: ExplorerRun): boolean;
  /** Methods that can be picked while it is shown; none: it is not about one method, and `context.method` is null. */
  methodsOf(run: ExplorerRun): readonly ExplorerMethod[];
  /** Shown above it. */
  readonly switches: readonly (keyof Switches)[];
  /** Anew for every method and whenever a switch is turned. */
  render(context: ViewContext): Drawn;
}

export interface ViewContext {
  readonly run: ExplorerRun;
  readonly method: ExplorerMethod | null;
  readonly switches: Switches;
  /**
   * Asks the host. A newer question in the same slot (the query's name, where left out) gives the older one up, and so
   * does leaving the view: the promise is then rejected with an AbortError.
   * @throws ToolError what is wrong, and how to mend it
   */
  ask<N extends QueryName>(name: N, params: Params<N>, slot?: string): Promise<Answer<N>>;
  /** What this view remembered of any earlier showing, if it still has that shape. */
  recall<S extends z.ZodMiniType>(schema: S): z.infer<S> | null;
  /** JSON of at most a few kilobytes: it survives hiding and a reload of the window. */
  remember(memory: unknown): void;
  /** Aborted when the view is left. */
  readonly signal: AbortSignal;
  readonly send: (message: ToHost) => void;
}

export const everyMethod = (run: ExplorerRun): readonly ExplorerMethod[] => run.methods;
export const noMethod = (): readonly ExplorerMethod[] => [];
