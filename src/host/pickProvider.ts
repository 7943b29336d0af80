/** What runs compute on, for the user to choose, with what was found of each provider on this machine. */
import * as vscode from 'vscode';
import type { KnownProviders } from '../protocol/engine';
import type { EngineHolder } from './engineHolder';
import { providerRows } from './providerRows';
import { requireTrust } from './requireTrust';
import { chooseProviderSetting, providerSetting, type ProviderSetting } from './settings';

type Item = vscode.QuickPickItem & { readonly setting?: ProviderSetting };

export async function pickProvider(engines: EngineHolder): Promise<void> {
  requireTrust('Trust it to try what its runs could compute on.');
  let known = engines.use((client) => client.call('providers', { isToTry: false }));
  for (;;) {
    const picked = await vscode.window.showQuickPick<Item>(known.then(itemsOf), {
      title: vscode.l10n.t('What runs compute on'),
      placeHolder: vscode.l10n.t('Provider of all runs of this window'),
      matchOnDetail: true,
    });
    if (!picked) return;
    if (picked.setting !== undefined) {
      await chooseProviderSetting(picked.setting);
      return;
    }
    const tried = await tryAgain(engines);
    if (!tried) return;
    known = Promise.resolve(tried);
  }
}

function itemsOf(known: KnownProviders): Item[] {
  const { l10n, env, QuickPickItemKind } = vscode;
  return [
    ...providerRows(known, providerSetting(), l10n, env.language),
    { label: '', kind: QuickPickItemKind.Separator },
    {
      label: `$(refresh) ${l10n.t('Try all again')}`,
      detail: l10n.t('Each in a process of its own, on a small block forward and backward; takes seconds.'),
    },
  ];
}

/** @returns undefined where it was cancelled */
function tryAgain(engines: EngineHolder): Thenable<KnownProviders | undefined> {
  const title = vscode.l10n.t('Trying what runs could compute on...');
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (_, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      const { signal } = controller;
      try {
        return await engines.use((client) => client.call('providers', { isToTry: true }, { signal }));
      } catch (error) {
        if (signal.aborted) return undefined;
        throw error;
      }
    },
  );
}
