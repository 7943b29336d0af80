/** What runs compute on, in the status bar beside an experiment file; a click chooses another. */
import * as vscode from 'vscode';
import { isExperiment } from './experiments';
import { providerLabel } from './providerRows';
import { PROVIDER_SETTING, providerSetting } from './settings';

export function watchProvider(): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('safetyRegions.provider', vscode.StatusBarAlignment.Right);
  item.name = vscode.l10n.t('Safety Region Provider');
  item.command = 'safetyRegions.pickProvider';
  const show = (): void => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    if (!uri || !isExperiment(uri)) {
      item.hide();
      return;
    }
    const label = providerLabel(providerSetting(), vscode.l10n);
    const short = providerSetting() === 'experiment' ? vscode.l10n.t('as in the file') : label;
    item.text = `$(chip) ${vscode.l10n.t('Provider: {0}', short)}`;
    item.tooltip = vscode.l10n.t('Runs compute on: {0}. Choose another.', label);
    item.accessibilityInformation = { label: item.tooltip, role: 'button' };
    item.show();
  };
  show();
  return vscode.Disposable.from(
    item,
    vscode.window.onDidChangeActiveTextEditor(show),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(PROVIDER_SETTING)) show();
    }),
  );
}
