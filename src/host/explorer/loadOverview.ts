/** Reads what the explorer shows at once; regions stay unread but for the header of one a method. */
import { findMethod } from '../../core/methods/registry';
import type { Payload } from '../../core/methods/method';
import type { Translate } from '../../core/report/translate';
import type { Summary } from '../../core/run/summary';
import { ToolError } from '../../protocol/errors';
import type { ExplorerRun } from '../../protocol/explorer/overview';
import { comparableRuns } from '../../store/comparableRuns';
import { exists } from '../../store/exists';
import { openRun, type RunDirectory } from '../../store/runDirectory';
import { openRegion, regionMethods } from '../../store/runRegions';
import { similarityPath } from '../../store/similarityFile';
import { comparedOverview } from './comparedOverview';
import { runOverview, type OverviewInput } from './runOverview';

/** Of a run that goes on: of `methods` there are regions of every dataset, and there is no summary. */
export async function loadLiveOverview(
  runDir: string,
  methods: readonly string[],
  t?: Translate,
): Promise<ExplorerRun> {
  const run = await openRun(runDir);
  return runOverview(await overviewInput(run, null, methods), t);
}

/**
 * @param runDirs of one model
 * @throws ToolError the codes of `comparableRuns` and `RunDirectory.summary`
 */
export async function loadOverview(runDirs: readonly string[], t?: Translate): Promise<ExplorerRun> {
  const { runs } = await comparableRuns(runDirs);
  const inputs = await Promise.all(
    runs.map(async (run) => overviewInput(run, await run.summary(), await regionMethods(run))),
  );
  const [first] = inputs;
  return first && inputs.length === 1 ? runOverview(first, t) : comparedOverview(inputs, t);
}

async function overviewInput(
  run: RunDirectory,
  summary: Summary | null,
  ids: readonly string[],
): Promise<OverviewInput> {
  const methods = await Promise.all(ids.map(async (id) => ({ id, payload: await payloadOf(run, id) })));
  const hasSimilarity = summary !== null && (await exists(similarityPath(run)));
  return { dir: run.path, manifest: run.manifest, summary, methods, hasSimilarity };
}

/** A region that is missing or damaged is said where it is shown, not here. */
async function payloadOf(run: RunDirectory, method: string): Promise<Payload> {
  const dataset = run.manifest.experiment.datasets[0]?.id ?? '';
  try {
    const region = await openRegion(run, method, dataset);
    await region.close();
    return region.payload;
  } catch (thrown) {
    if (thrown instanceof ToolError) return findMethod(method)?.payload ?? 'weights';
    throw thrown;
  }
}
