/** The experiment as the rest of the program sees it: checked, every default filled in. */
import type * as z from 'zod';
import { usageError } from '../../protocol/errors';
import type { JudgeSettings } from '../judges/judgeSettings';
import { hasType } from '../methods/safeNeuron';
import { explainIssue, rejectUnavailableMethods } from './experimentErrors';
import {
  experimentSchema,
  type datasetSchema,
  type methodSchema,
  type responsesSchema,
} from './experimentSchema';
import { readJsonWithComments, type JsonDocument } from './jsonDocument';

export { experimentJsonSchema, SAFE_ID } from './experimentSchema';

/** What a user may write: fields that have a default can be left out. */
export type ExperimentFields = z.input<typeof experimentSchema>;
export type Responses = z.output<typeof responsesSchema>;
export type WhereValue = string | number | boolean | null;

type DatasetFields = Omit<z.output<typeof datasetSchema>, 'path' | 'where' | 'responses'>;
export interface ExperimentDataset extends DatasetFields {
  /** As written, relative to the experiment file; globs not yet expanded. */
  readonly path: readonly string[];
  /** Field -> allowed values; null where all rows are kept. */
  readonly where: Readonly<Record<string, readonly WhereValue[]>> | null;
  /** The global choice with the dataset's own on top. */
  readonly responses: Responses;
}

type MethodEntry = z.output<typeof methodSchema>;
type NlsrEntry = Extract<MethodEntry, { method: 'nlsr' }>;
export type NlsrSettings = NlsrEntry & { readonly rankRule: NlsrEntry['mode'] };
export type WeightMethodSettings = Extract<MethodEntry, { topFraction: number }> & {
  readonly utilityTopFraction: number;
};
type SafeLayerEntry = Extract<MethodEntry, { method: 'safeLayer' }>;
export type SafeLayerSettings = Omit<SafeLayerEntry, 'control' | 'judge'> & {
  readonly control: ExperimentDataset | null;
  /** A judge that is elsewhere is opened with the user's yes only: store/judging/openJudge.ts. */
  readonly judge: JudgeSettings;
};
type OtherEntry = Exclude<MethodEntry, { topFraction: number } | SafeLayerEntry | NlsrEntry>;
export type MethodSettings = WeightMethodSettings | SafeLayerSettings | NlsrSettings | OtherEntry;

export interface Experiment extends Omit<
  z.output<typeof experimentSchema>,
  '$schema' | 'datasets' | 'utility' | 'overRejection' | 'methods'
> {
  readonly datasets: readonly ExperimentDataset[];
  readonly utility: ExperimentDataset | null;
  readonly overRejection: ExperimentDataset | null;
  readonly methods: readonly MethodSettings[];
}

export function isWeightSettings(settings: MethodSettings): settings is WeightMethodSettings {
  return 'topFraction' in settings;
}

/**
 * @param text content of the file; comments, a trailing comma and a byte order mark are allowed
 * @param file its name, for messages
 * @throws usage errors `experiment-syntax`, `experiment-duplicate-key`, `experiment-unknown-key`,
 * `experiment-fraction-range`, `experiment-invalid`, `method-unavailable`
 */
export function parseExperiment(text: string, file: string): Experiment {
  const document = readJsonWithComments(text, file);
  rejectUnavailableMethods(document);
  const parsed = experimentSchema.safeParse(document.value);
  if (!parsed.success) throw explainIssue(parsed.error.issues, document);
  checkTogether(parsed.data, document);
  return resolveExperiment(parsed.data);
}

type Checked = z.output<typeof experimentSchema>;

/** Fills in the defaults that depend on other fields. */
export function resolveExperiment(checked: Checked): Experiment {
  const rest: Partial<Checked> & Omit<Checked, '$schema'> = { ...checked };
  delete rest.$schema;
  // A fixed refusal answers harmful prompts; as the answer of a utility prompt it would be nonsense (section 3).
  const forUtility: Responses =
    checked.responses.source === 'fixed'
      ? { ...checked.responses, source: 'dataset', text: null }
      : checked.responses;
  return {
    ...rest,
    datasets: checked.datasets.map((dataset) => resolveDataset(dataset, checked.responses)),
    utility: checked.utility ? resolveDataset(checked.utility, forUtility) : null,
    overRejection: checked.overRejection ? resolveDataset(checked.overRejection, checked.responses) : null,
    methods: checked.methods.map((entry) => resolveMethod(entry, checked.responses)),
  };
}

function resolveMethod(entry: MethodEntry, responses: Responses): MethodSettings {
  if ('topFraction' in entry) {
    return { ...entry, utilityTopFraction: entry.utilityTopFraction ?? entry.topFraction };
  }
  if (entry.method === 'nlsr') return { ...entry, rankRule: entry.rankRule ?? entry.mode };
  if (entry.method !== 'safeLayer') return entry;
  const control = entry.control ? resolveDataset(entry.control, responses) : null;
  return { ...entry, control, judge: entry.judge ?? responses.judge };
}

function resolveDataset(dataset: z.output<typeof datasetSchema>, responses: Responses): ExperimentDataset {
  const { path, where, responses: own, ...rest } = dataset;
  const lists = Object.entries(where ?? {}).map(([key, value]) => [
    key,
    Array.isArray(value) ? value : [value],
  ]);
  return {
    ...rest,
    path: typeof path === 'string' ? [path] : path,
    where: where ? (Object.fromEntries(lists) as Record<string, WhereValue[]>) : null,
    responses: { ...responses, ...own },
  };
}

/** Rules over several fields. */
function checkTogether(checked: Checked, document: JsonDocument): void {
  const file = document.name;
  const ids = new Set<string>();
  const sets: [(string | number)[], z.output<typeof datasetSchema> | null | undefined][] = [
    ...checked.datasets.map((dataset, i): [(string | number)[], typeof dataset] => [
      ['datasets', i],
      dataset,
    ]),
    [['utility'], checked.utility],
    [['overRejection'], checked.overRejection],
    ...checked.methods.map((entry, i): [(string | number)[], typeof checked.utility] => [
      ['methods', i, 'control'],
      'pairs' in entry ? entry.control : null,
    ]),
  ];
  for (const [path, dataset] of sets) {
    if (!dataset) continue;
    // Case-insensitive file systems would give both the same region file.
    if (ids.has(dataset.id.toLowerCase())) {
      const message = `${file}, ${document.at([...path, 'id'])}: the id '${dataset.id}' is given twice.`;
      throw usageError(
        'experiment-duplicate-id',
        message,
        'Give every dataset, utility included, an id of its own.',
      );
    }
    ids.add(dataset.id.toLowerCase());
  }
  for (const [path, responses] of [[[] as (string | number)[], checked.responses] as const, ...sets]) {
    const own = path.length === 0 ? checked.responses : (responses as typeof checked.utility)?.responses;
    if (own?.source === 'fixed' && (own.text ?? checked.responses.text ?? '') === '') {
      const message = `${file}, ${document.at([...path, 'responses'])}: responses.source is 'fixed' but responses.text is missing.`;
      throw usageError(
        'experiment-invalid',
        message,
        'Give the text, or take the responses from the dataset.',
      );
    }
  }
  checkSafeLayer(checked, document);
  checkSafeNeuron(checked, document);
  const methods = new Set<string>();
  checked.methods.forEach(({ method }, i) => {
    if (methods.has(method)) {
      const message = `${file}, ${document.at(['methods', i])}: the method '${method}' is listed twice.`;
      throw usageError(
        'experiment-duplicate-method',
        message,
        'List a method once; use one experiment per setting.',
      );
    }
    methods.add(method);
  });
  requireAdapters(checked, document);
}

/** NLSR's regions are on the weights of an adapter: without one there is nothing to identify. */
function requireAdapters(checked: Checked, document: JsonDocument): void {
  const index = checked.methods.findIndex(({ method }) => method === 'nlsr');
  if (index < 0 || checked.adapter !== undefined) return;
  const sets = [...checked.datasets, ...(checked.utility ? [checked.utility] : [])];
  if (sets.every(({ adapter }) => adapter !== undefined)) return;
  throw usageError(
    'adapter-missing',
    `${document.name}, ${document.at(['methods', index])}: the method 'nlsr' needs 'adapter', and there is none.`,
    'Name a PEFT directory as "adapter", or take the method out.',
  );
}

/** SafeLayer compares prompts with those of utility, and sweeps over answers to those of overRejection. */
function checkSafeLayer(checked: Checked, document: JsonDocument): void {
  checked.methods.forEach((entry, i) => {
    if (!('pairs' in entry)) return;
    const refuse = (field: string, what: string, mend: string): never => {
      const at = document.at(['methods', i, ...(field === '' ? [] : [field])]);
      throw usageError('experiment-invalid', `${document.name}, ${at}: ${what}`, mend);
    };
    if (!checked.utility) {
      refuse(
        '',
        "safeLayer compares every dataset with 'utility', and there is none.",
        "Name a set of harmless prompts under 'utility'.",
      );
    }
    const wantsSweep = entry.sweep === 'full' ? 'sweep' : entry.alpha !== 'search' ? 'alpha' : null;
    if (wantsSweep !== null && entry.sweep !== 'none' && !checked.overRejection) {
      refuse(
        wantsSweep,
        "scaled layers are tried on the prompts of 'overRejection', and there is none.",
        `Name a set of harmless prompts that look harmful under 'overRejection', or leave out '${wantsSweep}'.`,
      );
    }
    if (entry.range && entry.range[0] > entry.range[1]) {
      refuse('range', 'the first layer lies behind the last.', 'Write [first, last], counted from 0.');
    }
  });
}

/** The released code has no o neurons: asked for those alone there is nothing to look for. */
function checkSafeNeuron(checked: Checked, document: JsonDocument): void {
  checked.methods.forEach((entry, i) => {
    if (!('projections' in entry) || entry.projections.some((type) => hasType(entry.mode, type))) return;
    const at = document.at(['methods', i, 'projections']);
    throw usageError(
      'experiment-invalid',
      `${document.name}, ${at}: the mode 'code' has no neurons of type ${entry.projections.join(', ')}.`,
      `Take another projection, or "mode": "paper".`,
    );
  });
}
