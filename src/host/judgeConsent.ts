/** The user's yes before answers are sent to a judge's endpoint, and its key, kept in VS Code's secret storage. */
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { isLocalEndpoint, judgeEndpoint, type JudgeConsent } from '../core/judges/judgeSettings';
import { parseExperiment, type Experiment } from '../core/run/experiment';
import { endpointJudges } from '../core/run/experimentJudges';
import { openRun } from '../store/runDirectory';
import type { IdentifyParams } from '../protocol/engine';
import { plainMessage } from './plainMessage';

const INDEX = 'safetyRegions.judgeEndpoints';
const secretName = (endpoint: string): string => `safetyRegions.judgeKey ${endpoint}`;

/** The modal: who gets how much of what. `answers` null: not known yet. */
export async function agreeToSend(to: string, model: string, answers: number | null): Promise<boolean> {
  const send = vscode.l10n.t('Send');
  const count =
    answers === null
      ? vscode.l10n.t('All answers to the over-rejection set are sent, one request each.')
      : vscode.l10n.t('{0} answers are sent, one request each.', answers);
  const what = vscode.l10n.t(
    'Sent is the text of what the studied model answered to the harmless prompts of the over-rejection set, with an instruction to label it. Prompts are not sent, and answers to identification prompts never are.',
  );
  const question = vscode.l10n.t('Send answers to {0} to be labelled by {1}?', to, model);
  const detail = `${count}\n\n${what}`;
  return (
    (await vscode.window.showWarningMessage(plainMessage(question), { modal: true, detail }, send)) === send
  );
}

export class JudgeConsents {
  constructor(private readonly context: Pick<vscode.ExtensionContext, 'secrets' | 'globalState'>) {}

  /** @returns undefined where the user says no */
  async ask(endpoint: string, model: string, answers: number | null): Promise<JudgeConsent | undefined> {
    const { host } = new URL(endpoint);
    if (!(await agreeToSend(host, model, answers))) return undefined;
    const key = await this.#key(endpoint, host);
    return key === undefined ? undefined : { endpoint, key: key === '' ? null : key };
  }

  /** For a run of an experiment whose judge is elsewhere; null: none is. Undefined: the user says no. */
  async forRun(params: IdentifyParams): Promise<JudgeConsent | null | undefined> {
    const experiment = await experimentOf(params);
    const [judge] = experiment ? endpointJudges(experiment) : [];
    const endpoint = judge && judgeEndpoint(judge.endpoint);
    if (!endpoint) return null;
    return this.ask(endpoint, judge.model, null);
  }

  async forgetKeys(): Promise<void> {
    for (const endpoint of this.#endpoints()) await this.context.secrets.delete(secretName(endpoint));
    await this.context.globalState.update(INDEX, undefined);
  }

  /** '' where the endpoint needs none; undefined: dismissed. */
  async #key(endpoint: string, host: string): Promise<string | undefined> {
    const kept = await this.context.secrets.get(secretName(endpoint));
    if (kept !== undefined) return kept;
    if (isLocalEndpoint(endpoint)) return '';
    const typed = await vscode.window.showInputBox({
      title: vscode.l10n.t('Key for {0}', host),
      prompt: vscode.l10n.t(
        'Kept in the secret storage of VS Code, never in a file of the workspace. Empty: none.',
      ),
      password: true,
      ignoreFocusOut: true,
    });
    const key = typed?.trim();
    if (key) {
      await this.context.secrets.store(secretName(endpoint), key);
      await this.context.globalState.update(INDEX, [...new Set([...this.#endpoints(), endpoint])]);
    }
    return key;
  }

  #endpoints(): string[] {
    const kept = this.context.globalState.get<unknown>(INDEX);
    return Array.isArray(kept) ? kept.filter((entry) => typeof entry === 'string') : [];
  }
}

/** Undefined where the file cannot be read: the engine says so. */
async function experimentOf({ experimentPath, resumeDir }: IdentifyParams): Promise<Experiment | undefined> {
  if (resumeDir !== undefined) return (await openRun(resumeDir)).manifest.experiment;
  if (experimentPath === undefined) return undefined;
  const text = await readFile(experimentPath, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseExperiment(text, experimentPath);
}
