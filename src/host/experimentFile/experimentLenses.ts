/** Above an experiment: Run, Resume, Open Last Run, Set Up. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunOverview } from '../runCatalog';
import type { LatestRuns } from './latestRuns';
import { lensRuns } from './lensRuns';

export class ExperimentLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #disposables: readonly { dispose(): unknown }[];

  constructor(
    private readonly runs: LatestRuns,
    runsChanged: vscode.Event<void>,
  ) {
    this.#disposables = [
      this.#changed,
      runsChanged(() => this.#changed.fire()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const { interrupted, done, running } = await lensRuns(this.runs.newestFirst(), document.uri.fsPath);
    const commands: vscode.Command[] = [];
    if (running) {
      commands.push(onRun(`$(sync~spin) ${vscode.l10n.t('Running')}`, 'openRun', running));
    } else if (vscode.workspace.isTrusted) {
      const title = `$(play) ${vscode.l10n.t('Run')}`;
      commands.push({ title, command: 'safetyRegions.identify', arguments: [document.uri] });
    }
    if (interrupted && !running && vscode.workspace.isTrusted) {
      commands.push(onRun(`$(debug-continue) ${vscode.l10n.t('Resume')}`, 'resumeRun', interrupted));
    }
    if (done) commands.push(onRun(`$(graph-line) ${vscode.l10n.t('Open Last Run')}`, 'openRun', done));
    commands.push({
      title: `$(checklist) ${vscode.l10n.t('Set Up')}`,
      command: 'safetyRegions.setUpExperiment',
      arguments: [document.uri],
    });
    const top = new vscode.Range(0, 0, 0, 0);
    return commands.map((command) => new vscode.CodeLens(top, command));
  }
}

const onRun = (title: string, command: string, run: RunOverview): vscode.Command => ({
  title,
  tooltip: path.basename(run.path),
  command: `safetyRegions.${command}`,
  arguments: [{ path: run.path, name: run.name }],
});
