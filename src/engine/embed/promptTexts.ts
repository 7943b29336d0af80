import type { ExperimentDataset } from '../../core/run/experiment';
import type { PreparedDataset } from '../../core/run/sample';
import { inputError } from '../../protocol/errors';
import { expandPaths } from '../formats/datasets/expandPaths';
import { collectRows } from '../prepare/collectRows';
import { eachInTurn, type Feeding } from '../prepare/prepareDatasets';
import { promptOf, tokenisePrompt } from '../prepare/rowTexts';

/**
 * The prompts of the samples as the dataset gives them, without the template: read again, since a run keeps tokens.
 * @throws input error `dataset-changed` where a row is no longer what was fed, and those of reading
 */
export async function promptTexts(
  dataset: ExperimentDataset,
  { samples }: Pick<PreparedDataset, 'samples'>,
  feeding: Feeding,
): Promise<string[]> {
  const { baseDir, signal } = feeding.options;
  const collected = await collectRows(dataset, await expandPaths(dataset.path, baseDir), signal);
  const rows = new Map(collected.matched.map((row) => [row.number, row]));
  return eachInTurn(samples, signal, (sample) => {
    const row = rows.get(sample.row);
    const text = row && promptOf(row, dataset, collected);
    const isFed =
      row !== undefined &&
      text !== undefined &&
      sameTokens(
        tokenisePrompt(row, text, dataset, feeding).ids,
        sample.tokenIds.slice(0, sample.responseStart),
      );
    if (isFed) return text;
    throw inputError(
      'dataset-changed',
      `Dataset ${dataset.id}, row ${sample.row}: the file no longer holds the prompt that is fed.`,
      'Put the original file back, or start a new run.',
    );
  });
}

const sameTokens = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, i) => id === b[i]);
