/** What the Setup tab shows of an experiment file, and what it may change in it. */
import * as z from 'zod/mini';
import { count } from './checks';
import { contract } from './queryContract';

const longText = z.string().check(z.maxLength(10_000));
const path = z.string().check(z.minLength(1), z.maxLength(4_000));
const key = z.string().check(z.minLength(1), z.maxLength(200));

const dataset = z.object({
  /** Empty where the file gives none. */
  id: z.string(),
  /** Files and globs as written. */
  paths: z.array(z.string()),
  /** Fields as written; null: left out, or null in the file. */
  prompt: z.nullable(z.string()),
  response: z.nullable(z.string()),
  category: z.nullable(z.string()),
  /** Field and the values that rows must have, as text. */
  where: z.array(z.object({ field: z.string(), values: z.array(z.string()) })),
});
export type SetupDataset = z.infer<typeof dataset>;

const settingValue = z.union([longText, z.number(), z.boolean(), z.null()]);
export type SettingValue = z.infer<typeof settingValue>;

const setting = z.object({
  name: key,
  description: z.string(),
  /** `text` takes a number too where the schema does. */
  kind: z.enum(['choice', 'number', 'flag', 'text']),
  /** Of a choice. */
  options: z.array(z.string()),
  /** Smallest and largest number, which `isOpen` bounds exclude; null: none. */
  minimum: z.nullable(z.number()),
  maximum: z.nullable(z.number()),
  isMinimumOpen: z.boolean(),
  isMaximumOpen: z.boolean(),
  isInteger: z.boolean(),
  /** In effect; null: none, as the description says. */
  value: settingValue,
  /** Whether the file says it; else `value` is the default. */
  isGiven: z.boolean(),
  /** Whether something holds where the file says nothing. */
  hasDefault: z.boolean(),
  /** Shown at once, not under 'More'. */
  isMain: z.boolean(),
});
export type Setting = z.infer<typeof setting>;

const method = z.object({
  id: key,
  title: z.string(),
  description: z.string(),
  isOn: z.boolean(),
  settings: z.array(setting),
});
export type SetupMethod = z.infer<typeof method>;

const groupName = z.enum(['sampling', 'responses', 'experiment']);
/** `experiment`: settings at the top level of the file. */
export type SettingGroup = z.infer<typeof groupName>;

const setupState = z.object({
  name: z.string(),
  model: z.string(),
  datasets: z.array(dataset),
  utility: z.nullable(dataset),
  methods: z.array(method),
  settings: z.record(groupName, z.array(setting)),
});
export type SetupState = z.infer<typeof setupState>;

/** A set to put into the file; what is left out is left out there too. */
const newDataset = z.object({
  path,
  prompt: z.optional(key),
  response: z.optional(key),
  category: z.optional(key),
  kind: z.optional(z.enum(['multi', 'single'])),
});
export type NewDataset = z.infer<typeof newDataset>;

const setupEdit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), field: z.enum(['name', 'model']), value: longText }),
  z.object({ kind: z.literal('addDataset'), dataset: newDataset }),
  /** The id says which one is meant, should the list have changed meanwhile. */
  z.object({ kind: z.literal('removeDataset'), index: z.int().check(z.nonnegative()), id: z.string() }),
  z.object({ kind: z.literal('utility'), dataset: z.nullable(newDataset) }),
  z.object({ kind: z.literal('method'), method: key, isOn: z.boolean() }),
  /** A value of null takes the setting out of the file: the default holds then. */
  z.object({ kind: z.literal('methodSetting'), method: key, name: key, value: settingValue }),
  z.object({ kind: z.literal('setting'), group: groupName, name: key, value: settingValue }),
]);
export type SetupEdit = z.infer<typeof setupEdit>;

/** The tab as it is now; sent whenever the file changes. */
export const setupShown = z.object({
  /** Absolute path of the experiment file, and how it is called in the workspace. */
  file: z.string(),
  label: z.string(),
  /** False: what a run was made with, whose file is gone. */
  isEditable: z.boolean(),
  /** False in Restricted Mode, where nothing is read or run. */
  isTrusted: z.boolean(),
  /** Null where the text is no JSON: nothing of it can be shown, or changed by anything but typing. */
  state: z.nullable(setupState),
  /** Why it cannot be run as it stands. */
  problem: z.nullable(z.object({ message: z.string(), mend: z.string() })),
});
export type SetupShown = z.infer<typeof setupShown>;

/** The run that is going on in this window; sent whenever it gets on. */
export const runningNow = z.object({
  /** Whether it is of this experiment. */
  isOwn: z.boolean(),
  message: z.string(),
  fraction: z.number().check(z.minimum(0), z.maximum(1)),
  /** Time left in words; empty where it is not known. */
  timeLeft: z.string(),
});
export type RunningNow = z.infer<typeof runningNow>;

const model = z.object({
  /** As the file would name it. */
  reference: z.string(),
  name: z.string(),
  origin: z.enum(['workspace', 'embedded', 'hub']),
  family: z.nullable(z.string()),
  parameters: z.nullable(count),
  /** Why a run would refuse it. */
  problem: z.nullable(z.string()),
});
export type SetupModel = z.infer<typeof model>;

/** The models that the file could name. */
export const setupModels = contract(z.object({}), z.object({ models: z.array(model) }));

/** The files that the file could name as datasets, their paths as it would name them. */
export const setupDatasets = contract(
  z.object({}),
  z.object({ files: z.array(z.object({ path, bytes: count })) }),
);

const setupPreviewed = z.object({
  rows: count,
  /** Rows that the entry's `where` lets through; all of them for a file that is not in the experiment. */
  matched: count,
  /** False where reading stopped before the last row. */
  isComplete: z.boolean(),
  /** Detected fields; null: none looks like one. */
  prompt: z.nullable(z.string()),
  response: z.nullable(z.string()),
  category: z.nullable(z.string()),
  columns: z.array(z.string()),
  /** Cut texts, one a column; null: the row has no such field. */
  firstRows: z.array(z.array(z.nullable(z.string()))),
});
export type SetupPreview = z.infer<typeof setupPreviewed>;

/** What a dataset holds; `of` an entry of the experiment, by its index in `datasets`, or a file. Null: it is not read. */
export const setupPreview = contract(
  z.object({ of: z.union([z.int().check(z.nonnegative()), path]) }),
  z.object({ preview: z.nullable(setupPreviewed) }),
);

/** Changes the text of the file. */
export const setupChange = contract(z.object({ edit: setupEdit }), z.object({}));
