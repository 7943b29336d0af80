import * as vscode from 'vscode';
import type { RunOverview } from '../store/runList';
import { duration } from './duration';
import { stateName } from './runRow';

/** All that fits a hover: of a finished run, what its summary tells too. Names come from files and become no markup. */
export async function runTooltip(run: RunOverview): Promise<vscode.MarkdownString> {
  const { l10n } = vscode;
  const when =
    run.createdAt === null ? run.stamp : new Date(run.createdAt).toLocaleString(vscode.env.language);
  const named = (name: string, values: readonly string[]): string[] =>
    values.length === 0 ? [] : [`${name}: ${values.join(', ')}`];
  const lines = [
    `${stateName(run.state, l10n)} \u00b7 ${when}`,
    ...named(l10n.t('Model'), run.model === null ? [] : [run.model]),
    ...named(l10n.t('Methods'), run.methods),
    ...named(l10n.t('Datasets'), run.datasets),
    ...(run.state === 'done' ? await summaryLines(run.path) : []),
    ...(run.problem === null ? [] : [run.problem]),
    run.path,
  ];
  const text = new vscode.MarkdownString();
  for (const line of [run.name, ...lines]) text.appendText(line).appendMarkdown('\n\n');
  return text;
}

async function summaryLines(runDir: string): Promise<string[]> {
  try {
    const { openRun } = await import('../store/runDirectory');
    const { timings, warnings } = await (await openRun(runDir)).summary();
    const seconds = Object.values(timings).reduce((sum, value) => sum + value, 0);
    return [
      vscode.l10n.t('Took {0}', duration(seconds)),
      ...(warnings.length === 0 ? [] : [vscode.l10n.t('Warnings: {0}', warnings.length)]),
    ];
  } catch {
    return []; // Opening the run says what is wrong with its summary.
  }
}
