import type { Experiment, ExperimentDataset, SafeLayerSettings } from '../../core/run/experiment';
import type { PromptSet, Sample } from '../../core/run/sample';
import { inputError } from '../../protocol/errors';
import { expandPaths } from '../formats/datasets/expandPaths';
import { collectRows } from './collectRows';
import { drawSample } from './drawSample';
import { eachInTurn, reportOf, type Feeding, type OpenFeeding } from './prepareDatasets';
import { promptOf, tokenisePrompt } from './rowTexts';

/** A set of which only the prompts are used. */
export interface PromptSource {
  readonly dataset: ExperimentDataset;
  readonly use: PromptSet['use'];
  /** Prompts drawn; null: all. */
  readonly count: number | null;
}

/** What SafeLayer needs besides the datasets of a run; nothing where it is not asked for. */
export function promptSources({ methods, overRejection, sampling }: Experiment): PromptSource[] {
  const settings = methods.find((entry): entry is SafeLayerSettings => entry.method === 'safeLayer');
  if (!settings) return [];
  const sources: PromptSource[] = [];
  if (overRejection && settings.sweep !== 'none') {
    sources.push({ dataset: overRejection, use: 'overRejection', count: settings.items });
  }
  if (settings.control) {
    sources.push({ dataset: settings.control, use: 'control', count: sampling.count });
  }
  return sources;
}

/** @throws input errors of `prepareDatasets`, those about responses apart */
export async function preparePrompts(experiment: Experiment, open: OpenFeeding): Promise<PromptSet[]> {
  const sources = promptSources(experiment);
  if (sources.length === 0) return [];
  const feeding = await open();
  const prepared: PromptSet[] = [];
  for (const source of sources) prepared.push(await prepareSet(source, feeding));
  return prepared;
}

async function prepareSet(source: PromptSource, feeding: Feeding): Promise<PromptSet> {
  const { use } = source;
  const { options, sampling } = feeding;
  // Its own responses, if it has any, are not looked at.
  const dataset = { ...source.dataset, responses: { ...source.dataset.responses, source: 'model' as const } };
  const files = await expandPaths(dataset.path, options.baseDir);
  const collected = await collectRows(dataset, files, options.signal);
  const { matched } = collected;
  const count = source.count ?? matched.length;
  if (matched.length < count) {
    const field = use === 'control' ? 'sampling.count' : 'items of safeLayer';
    throw inputError(
      'dataset-too-few-rows',
      `Dataset ${dataset.id} has ${matched.length} rows${dataset.where ? ' that match "where"' : ''}, ` +
        `${field} asks for ${count}.`,
      `Set it to ${matched.length} or less, or name a larger set.`,
    );
  }
  const drawn = drawSample(matched.length, count, sampling.seed).flatMap((i) => matched[i] ?? []);
  const texts = drawn.map((row) => promptOf(row, dataset, collected));
  const samples = await eachInTurn(drawn, options.signal, (row, i): Sample => {
    const { ids, truncated } = tokenisePrompt(row, texts[i] ?? '', dataset, feeding);
    return { row: row.number, tokenIds: ids, responseStart: ids.length, truncated, category: row.category };
  });
  return { id: dataset.id, use, samples, report: reportOf(files, collected, texts, samples, feeding) };
}
