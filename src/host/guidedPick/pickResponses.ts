/** Step: what is fed as the answer to each prompt. */
import * as vscode from 'vscode';
import { askPick, type PickItem } from './askPick';
import type { Choices, ResponseSource } from './choices';
import type { Step } from './steps';

interface SourceItem extends PickItem {
  readonly source: ResponseSource;
}

export function pickResponses(): Step<Choices> {
  return {
    async ask(choices, place) {
      const answer = await askPick<SourceItem, ResponseSource>({
        place,
        placeholder: vscode.l10n.t('Answers: what is fed as the response to each prompt'),
        fill: ({ show }) => show(sourceItems(choices), ({ source }) => source === choices.responses),
        accept: ([item]) => (item ? { answer: item.source } : { missing: '' }),
      });
      return typeof answer === 'string' ? { ...choices, responses: answer } : answer;
    },
  };
}

function sourceItems({ files }: Choices): SourceItem[] {
  const { l10n } = vscode;
  const without = files.find(({ preview }) => preview.detected.response === null);
  const problem =
    without && l10n.t('{0} has no response field.', vscode.workspace.asRelativePath(without.file));
  return [
    {
      source: 'fixed',
      label: l10n.t('A fixed refusal'),
      detail: l10n.t('The same sentence for all prompts; works with every model.'),
    },
    {
      source: 'model',
      label: l10n.t("The model's own refusals"),
      detail: l10n.t(
        'The model answers first, and only its refusals are kept: for a model that refuses; takes longer.',
      ),
    },
    {
      source: 'dataset',
      label: l10n.t("The datasets' own responses"),
      detail:
        problem === undefined
          ? l10n.t('Look at the first rows: some sets have harmful answers.')
          : `$(circle-slash) ${problem}`,
      problem,
    },
  ];
}
