import type { MethodSettings } from '../../core/run/experiment';
import type { RegionSummary } from '../../core/run/summary';
import type { RunDirectory } from '../../store/runDirectory';
import type { RuntimeOptions } from '../ort/runtime';
import type { ForwardObserver } from '../stream/forwardObserver';
import type { PassContext } from '../stream/passContext';
import type { PassGroup } from '../stream/passPlan';
import type { ProgressTracker } from '../stream/progressTracker';
import type { EngineContext } from './identify';
import type { RunFiles } from './runFiles';
import type { RunInputs } from './runInputs';

/** What a stage works with once the shared pass is over. */
export interface StageContext {
  readonly run: RunDirectory;
  readonly inputs: RunInputs;
  readonly groups: readonly PassGroup[];
  readonly files: RunFiles;
  readonly progress: ProgressTracker;
  readonly runtime: RuntimeOptions;
  readonly context: EngineContext;
}

export interface StageOutcome {
  readonly regions: readonly RegionSummary[];
  readonly warnings: readonly string[];
}

/**
 * A method that is no score of single weights: it looks at the shared forward pass, does work of its own after it, or
 * both. An interrupted run goes through all of it again: what is on disk below work/ must not be done twice.
 */
export interface MethodStage {
  readonly id: string;
  /** Called once for each group of datasets; null where the shared pass does not concern it. */
  observe(pass: PassContext): ForwardObserver | null;
  /** Work of its own, then its regions and reports, below regions/<id> and reports/<id>. */
  finish(context: StageContext): Promise<StageOutcome>;
}

/** What a stage takes beside the pass: for the estimate before a run, and for the time left. */
export interface StageCost {
  /** While the shared pass goes on, on top of it. */
  readonly passMemoryBytes: number;
  /** In `finish`, when the pass is over. */
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Work of `finish`: one unit is one row through one block forward (`ProgressTracker.worked`). */
  readonly units: number;
}

export interface StageFactory<S extends MethodSettings = MethodSettings> {
  readonly id: S['method'];
  /** @throws usage or input errors where the method does not apply to the model or the experiment */
  create(settings: S, inputs: RunInputs): MethodStage;
  cost(settings: S, inputs: RunInputs, groups: readonly PassGroup[]): StageCost;
}
