/** Has the answers to a run's over-rejection set labelled once more, by a judge of the user's choice. */
import * as vscode from 'vscode';
import { asAnswerJudge, type AnswerJudge } from '../core/judges/judge';
import { JUDGES } from '../core/judges/registry';
import { ToolError } from '../protocol/errors';
import { harmlessAnswers } from '../store/judging/harmlessAnswers';
import { judgeRun, type JudgeReport } from '../store/judging/judgeRun';
import { openJudge } from '../store/judging/openJudge';
import { openRun } from '../store/runDirectory';
import { agreeToSend, type JudgeConsents } from './judgeConsent';
import { languageModelJudge, type ChatModel } from './languageModelJudge';
import { plainMessage } from './plainMessage';
import { requireTrust } from './requireTrust';
import { readJudgeSettings } from './settings';

/**
 * @returns the report's file; undefined where the user dismissed or cancelled
 * @throws ToolError
 */
export async function judgeAnswersOf(runDir: string, consents: JudgeConsents): Promise<string | undefined> {
  requireTrust('Trust it to have answers judged.');
  const run = await openRun(runDir);
  const held = await harmlessAnswers(run);
  const count = held.reduce((sum, { answers }) => sum + answers.length, 0);
  const judge = await chooseJudge(count, consents);
  if (!judge) return undefined;
  const controller = new AbortController();
  try {
    const { report, file } = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: plainMessage(vscode.l10n.t('Judging answers: {0}', judge.title)),
        cancellable: true,
      },
      (notification, token) => {
        token.onCancellationRequested(() => controller.abort());
        let shown = 0;
        return judgeRun(run, judge, {
          signal: controller.signal,
          onProgress({ finished, answers }) {
            const percent = answers === 0 ? 100 : (100 * finished) / answers;
            notification.report({ message: `${finished} / ${answers}`, increment: percent - shown });
            shown = percent;
          },
        });
      },
    );
    void offerReport(report, file);
    return file;
  } catch (error) {
    if (ToolError.from(error).kind === 'cancelled') return undefined;
    throw error;
  }
}

async function chooseJudge(answers: number, consents: JudgeConsents): Promise<AnswerJudge | undefined> {
  const endpoint = await readJudgeSettings();
  const models = await vscode.lm.selectChatModels();
  const items: (vscode.QuickPickItem & { readonly make: () => Promise<AnswerJudge | undefined> })[] = [
    ...JUDGES.map((own) => ({
      label: own.id,
      description: own.title,
      make: () => Promise.resolve(asAnswerJudge(own)),
    })),
    ...models.map((model) => ({
      label: `$(sparkle) ${model.name}`,
      description: vscode.l10n.t('Language model of VS Code ({0})', model.vendor),
      // VS Code asks by itself whether this extension may use the model; not what is sent, and how much.
      make: async () =>
        (await agreeToSend(model.vendor, model.name, answers))
          ? languageModelJudge(chatModel(model))
          : undefined,
    })),
  ];
  if (endpoint) {
    items.push({
      label: `$(globe) ${endpoint.model}`,
      description: endpoint.endpoint,
      make: async () => {
        const consent = await consents.ask(endpoint.endpoint, endpoint.model, answers);
        return consent && openJudge(endpoint, consent);
      },
    });
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Judge Answers'),
    placeHolder: vscode.l10n.t('Who is to label {0} answers to harmless prompts', answers),
    matchOnDescription: true,
  });
  return picked?.make();
}

const chatModel = (model: vscode.LanguageModelChat): ChatModel => ({
  id: model.id,
  name: model.name,
  vendor: model.vendor,
  family: model.family,
  version: model.version,
  async ask(text, signal) {
    const cancel = new vscode.CancellationTokenSource();
    signal.addEventListener('abort', () => cancel.cancel(), { once: true });
    const justification = vscode.l10n.t('Labels whether answers to harmless prompts are refusals.');
    const message = vscode.LanguageModelChatMessage.User(text);
    return (await model.sendRequest([message], { justification }, cancel.token)).text;
  },
});

async function offerReport(report: JudgeReport, file: string): Promise<void> {
  const { answers, equal, kappa } = report.agreementWithPhrases;
  const refused = report.files.reduce((sum, own) => sum + own.refused, 0);
  const open = vscode.l10n.t('Open Report');
  const number = (value: number | null): string => (value === null ? '-' : value.toFixed(3));
  const text = vscode.l10n.t(
    '{0} of {1} answers are refusals. Agreement with the phrase matcher: {2}, kappa {3}.',
    refused,
    answers,
    number(equal),
    number(kappa),
  );
  const chosen = await vscode.window.showInformationMessage(text, open);
  if (chosen === open) await vscode.window.showTextDocument(vscode.Uri.file(file));
}
