/** Runs whose regions may stand in one table. */
import path from 'node:path';
import { inputError, usageError } from '../protocol/errors';
import { openRun, type RunDirectory } from './runDirectory';

export interface ComparableRuns {
  /** At least one. */
  readonly runs: readonly RunDirectory[];
  /** Notes on models that differ, where that is allowed. */
  readonly differing: readonly string[];
}

/**
 * @param acrossModels allows runs of different models, such as a base and a chat model
 * @throws ToolError no-run, runs-differ, runs-same-name, and the codes of `openRun`
 */
export async function comparableRuns(
  runDirs: readonly string[],
  acrossModels = false,
): Promise<ComparableRuns> {
  const runs = await Promise.all(runDirs.map((directory) => openRun(directory)));
  if (runs.length === 0) throw usageError('no-run', 'No run directory was named.', 'Name at least one.');
  return { runs, differing: checkComparable(runs, acrossModels) };
}

function checkComparable(runs: readonly RunDirectory[], acrossModels: boolean): string[] {
  const [first] = runs;
  const differing: string[] = [];
  const names = new Set<string>();
  for (const run of runs) {
    const name = path.basename(run.path);
    if (names.has(name)) {
      throw inputError(
        'runs-same-name',
        `Two runs are called ${name}.`,
        'Name each run once; rename one folder.',
      );
    }
    names.add(name);
    const other = first && firstDifferingFile(first.manifest.model.files, run.manifest.model.files);
    if (!first || other === undefined) continue;
    if (!acrossModels) {
      throw inputError(
        'runs-differ',
        `${first.path} and ${run.path} are runs of different models: ${other} differs.`,
        'Compare runs of one model, or give --across-models where one was made from the other.',
      );
    }
    const [a, b] = [first, run].map((of) => `${path.basename(of.path)} (${of.manifest.model.reference})`);
    differing.push(
      `${a ?? ''} and ${b ?? ''} are runs of different models: ${other} differs. Units are compared by name and index, ` +
        'which means something only where one model was trained from the other.',
    );
  }
  return differing;
}

function firstDifferingFile(a: Record<string, string>, b: Record<string, string>): string | undefined {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return names.find((name) => a[name] !== b[name]);
}
