import type { DetectedFields } from '../../../protocol/engine';
import { TEXT_FIELD, type Row } from './datasetFormat';
import { fieldValue, isScalar, listFields } from './fieldPath';

/** Rows that are looked at. */
export const DETECTION_ROWS = 1000;

/** Names in order of preference, letters and digits only; from the published sets and common fine-tuning layouts. */
const PROMPT_NAMES = [
  'prompt prompts forbiddenprompt promptsfinal userprompt instruction question goal behavior behaviour',
  'query request input sentence text',
]
  .join(' ')
  .split(' ');
/** Not `target`: in AdvBench and JailbreakBench it is the beginning of a harmful answer, never to be fed unasked. */
const RESPONSE_NAMES = 'response responses output answer completion reply refusal'.split(' ');
const CATEGORY_NAMES = [
  'semanticcategory harmarea harmcategory riskarea category categories topic subject type label',
]
  .join(' ')
  .split(' ');

const PROMPT_PATHS = [TEXT_FIELD, 'messages[0].content', 'conversations[0].value'];
const RESPONSE_PATHS = ['instances[0].output', 'messages[1].content', 'conversations[1].value'];

/** Chooses fields by name, among those that hold text in at least half of the rows. */
export function detectFields(rows: readonly Row[], fileCount: number): DetectedFields {
  const fields = listFields(rows);
  const filled = (field: string): boolean => isFilled(rows, field);
  const named = (names: readonly string[]): string[] =>
    names.flatMap((name) => fields.filter((field) => plainName(field) === name)).filter(filled);

  const prompts = [...named(PROMPT_NAMES), ...PROMPT_PATHS.filter(filled)];
  if (prompts.length === 0) {
    const own = (field: string): boolean => rows.some((row) => Object.hasOwn(row, field));
    const texts = fields.filter((field) => !field.startsWith('$') && own(field) && filled(field));
    if (texts.length === 1) prompts.push(...texts);
  }
  const [prompt = null, ...otherPrompts] = prompts;
  const isOther = (field: string): boolean => field !== prompt;
  const response = [...named(RESPONSE_NAMES), ...RESPONSE_PATHS.filter(filled)].find(isOther) ?? null;
  const virtual = [...(fields.includes('$key1') ? ['$key1'] : []), ...(fileCount > 1 ? ['$file'] : [])];
  const category = [...named(CATEGORY_NAMES).filter(isOther), ...virtual][0] ?? null;
  return { prompt, response, category, otherPrompts };
}

/** Paths into records are no names; virtual fields keep their sign. */
const plainName = (field: string): string =>
  /[.[$]/.test(field) ? field : field.toLowerCase().replace(/[^a-z0-9]/g, '');

function isFilled(rows: readonly Row[], field: string): boolean {
  const texts = rows.filter((row) => {
    const value = fieldValue(row, field);
    return isScalar(value) && String(value).trim() !== '';
  });
  return texts.length > 0 && texts.length * 2 >= rows.length;
}
