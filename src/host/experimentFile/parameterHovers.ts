/** Over a parameter's name in Python or JSON: how dense the regions of the latest run are in it. */
import * as vscode from 'vscode';
import type { ParameterDensity } from '../../store/parameterDensity';
import type { RunOverview } from '../runCatalog';
import type { LatestRuns } from './latestRuns';

const MOST_KEPT = 500;

export class ParameterHovers implements vscode.HoverProvider {
  /** A finished run never changes. */
  readonly #known = new Map<string, Promise<readonly ParameterDensity[]>>();

  constructor(
    private readonly runs: LatestRuns,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    // Most words are no parameters: nothing else is loaded or read for them.
    const range = document.getWordRangeAtPosition(position, /[A-Za-z_]\w*(?:\.\w+)+/);
    if (!range || !range.isSingleLine) return undefined;
    const word = document.getText(range);
    if (!word.includes('layers.')) return undefined;
    const { densityHover, parameterNamed } = await import('./parameterName');
    const name = parameterNamed(word);
    if (name === null) return undefined;
    const run = await this.#latest();
    if (!run) return undefined;
    const densities = await this.#densities(run.path, name);
    if (densities.length === 0) return undefined;
    return new vscode.Hover(
      new vscode.MarkdownString(densityHover(name, run.name, densities, vscode.l10n)),
      range,
    );
  }

  async #latest(): Promise<RunOverview | undefined> {
    for await (const run of this.runs.newestFirst()) if (run.state === 'done') return run;
    return undefined;
  }

  async #densities(runDir: string, name: string): Promise<readonly ParameterDensity[]> {
    const key = `${runDir}\n${name}`;
    const known = this.#known.get(key);
    if (known) return known;
    const { parameterDensities } = await import('../../store/parameterDensity');
    const asked = parameterDensities(runDir, name).catch((error: unknown) => {
      this.log.warn(`The density of ${name} is not shown: ${String(error)}`);
      return [];
    });
    if (this.#known.size >= MOST_KEPT) this.#known.clear();
    this.#known.set(key, asked);
    return asked;
  }
}
