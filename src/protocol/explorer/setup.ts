/** What the Setup tab shows of an experiment file, and what it may change in it. */
import * as z from 'zod/mini';

// zod otherwise compiles parsers with `new Function`, which the webview's content security policy forbids.
z.config({ jitless: true });

const shortText = z.string().check(z.maxLength(10_000));
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

const settingValue = z.union([shortText, z.number(), z.boolean(), z.null()]);
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

export const setupState = z.object({
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
  path: z.string().check(z.minLength(1), z.maxLength(4_000)),
  prompt: z.optional(key),
  response: z.optional(key),
  category: z.optional(key),
});
export type NewDataset = z.infer<typeof newDataset>;

export const setupEdit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), field: z.enum(['name', 'model']), value: shortText }),
  z.object({ kind: z.literal('addDataset'), dataset: newDataset }),
  /** The id says which one is meant, should the list have changed meanwhile. */
  z.object({ kind: z.literal('removeDataset'), index: z.number().check(z.nonnegative()), id: z.string() }),
  z.object({ kind: z.literal('utility'), dataset: z.nullable(newDataset) }),
  z.object({ kind: z.literal('method'), method: key, isOn: z.boolean() }),
  /** A value of null takes the setting out of the file: the default holds then. */
  z.object({ kind: z.literal('methodSetting'), method: key, name: key, value: settingValue }),
  z.object({ kind: z.literal('setting'), group: groupName, name: key, value: settingValue }),
]);
export type SetupEdit = z.infer<typeof setupEdit>;
