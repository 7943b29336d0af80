/** What a guided pick has gathered so far, and the experiment that comes of it. Pure. */
import path from 'node:path';
import type { ExperimentFields } from '../../core/run/experiment';
import type { DatasetPreview } from '../../protocol/engine';
import { datasetEntry, pathFrom, type DatasetFields, type Subset } from '../setup/datasetEntry';
import type { FoundModel } from '../setup/findModels';
import type { MethodFields } from '../setup/methodSettings';

export interface ChosenFile {
  /** Absolute. */
  readonly file: string;
  readonly preview: DatasetPreview;
}

/** A whole file, or one category of it. */
export interface ChosenSet extends ChosenFile {
  readonly subset?: Subset;
}

/** Answers of source 'dataset', 'model' or 'fixed'. */
export type ResponseSource = NonNullable<NonNullable<ExperimentFields['responses']>['source']>;

/** How the guided pick ended. */
export interface Outcome {
  /** Absolute: the experiment file that was written. */
  readonly file: string;
  readonly isToRun: boolean;
}

export interface Choices {
  readonly model: FoundModel | null;
  /** Datasets that the list begins with. */
  readonly ticked: readonly string[];
  readonly files: readonly ChosenFile[];
  /** One region each; null: every file as a whole. */
  readonly sets: readonly ChosenSet[] | null;
  readonly utility: ChosenFile | null;
  readonly responses: ResponseSource;
  readonly methods: readonly MethodFields[];
  /** Reference, an absolute path where it is one. */
  readonly adapter: string | null;
  /** Null: as many as the smallest set allows. */
  readonly count: number | null;
  readonly seed: number;
  readonly template: NonNullable<ExperimentFields['template']>;
  /** Null: after model and datasets. */
  readonly name: string | null;
  /** Where the file goes, absolute; null: where the data are. */
  readonly folder: string | null;
  /** Null until the file is there. */
  readonly outcome: Outcome | null;
}

export const chosenSets = ({ sets, files }: Choices): readonly ChosenSet[] => sets ?? files;

/** The one that README and the sample use; any refusal serves, the same for all sets. */
const REFUSAL = "I'm sorry, but I can't help with that.";
const DEFAULT_COUNT = 128;

/** Rows of a file, or of the category that is meant. */
export function rowsOf({ preview, subset }: ChosenSet): number {
  if (!subset) return preview.rows;
  const values = preview.values.find(({ field }) => field === subset.field)?.values ?? [];
  return values.find(({ value }) => value === subset.value)?.rows ?? 0;
}

/** How many samples a set gives, and which set kept them below the default. */
export interface SampleCount {
  readonly count: number;
  /** Null: as the user said, or the default. */
  readonly least: { readonly name: string; readonly rows: number; readonly isHalved: boolean } | null;
}

/** No more than the smallest set has; half of its rows where the model's answers to it are asked for refusals. */
export function sampleCount(choices: Choices): SampleCount {
  if (choices.count !== null) return { count: choices.count, least: null };
  const limits = chosenSets(choices).map((set) => limitOf(set, choices.responses === 'model'));
  if (choices.utility) limits.push(limitOf(choices.utility, false));
  const [least] = limits.sort((a, b) => a.count - b.count);
  return least && least.count < DEFAULT_COUNT ? least : { count: DEFAULT_COUNT, least: null };
}

function limitOf(set: ChosenSet, isHalved: boolean): SampleCount {
  const rows = rowsOf(set);
  const count = Math.max(1, isHalved ? Math.floor(rows / 2) : rows);
  return { count, least: { name: datasetName(set), rows, isHalved } };
}

export function experimentName(choices: Choices): string {
  if (choices.name !== null) return choices.name;
  const model = path.posix.basename((choices.model?.name ?? 'model').replaceAll('\\', '/'));
  const [first, ...others] = chosenSets(choices);
  const data = others.length > 0 || !first ? `${others.length + 1}-sets` : datasetName(first);
  return `${model}-${data}`;
}

const datasetName = ({ file, subset }: ChosenSet): string =>
  [path.basename(file, path.extname(file)), ...(subset ? [String(subset.value)] : [])].join('-');

/**
 * @param folder absolute, of the file
 * @throws RangeError where no model has been chosen
 */
export function pickedExperiment(choices: Choices, folder: string): ExperimentFields {
  const { model, utility, responses, methods, adapter } = choices;
  if (!model) throw new RangeError('no model has been chosen');
  const datasets: DatasetFields[] = [];
  const taken = utility ? [datasetEntry(utility.file, utility.preview, folder, []).id] : [];
  for (const { file, preview, subset } of chosenSets(choices)) {
    datasets.push(datasetEntry(file, preview, folder, [...taken, ...datasets.map(({ id }) => id)], subset));
  }
  return {
    schemaVersion: 1,
    name: experimentName(choices),
    model: placed(model.reference, folder),
    ...(adapter !== null && { adapter: placed(adapter, folder) }),
    datasets,
    ...(utility && { utility: utilityEntry(utility, responses, folder) }),
    sampling: { count: sampleCount(choices).count, seed: choices.seed },
    responses: responses === 'fixed' ? { source: 'fixed', text: REFUSAL } : { source: responses },
    template: choices.template,
    methods: [...methods],
  };
}

/** A fixed refusal is not meant for harmless prompts: without an answer of its own, the model answers those. */
function utilityEntry(
  { file, preview }: ChosenFile,
  responses: ResponseSource,
  folder: string,
): DatasetFields {
  const asksModel = responses !== 'model' && preview.detected.response === null;
  return { ...datasetEntry(file, preview, folder, []), ...(asksModel && { responses: { source: 'model' } }) };
}

const placed = (reference: string, folder: string): string =>
  path.isAbsolute(reference) ? pathFrom(folder, reference) : reference;
