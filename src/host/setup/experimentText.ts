/** An experiment as the text of its file: a new one, or an edit that leaves alone what the user wrote. Pure. */
import { applyEdits } from 'jsonc-parser';
import type { ExperimentFields } from '../../core/run/experiment';
import { readJsonWithComments, type JsonPath } from '../../core/run/jsonDocument';
import { insertMember, removeMember, replaceValue } from '../../core/run/jsonEdits';
import { printLines } from '../../core/run/printJson';

/** @returns indented JSON; what fits on a line stands on one */
export const experimentText = (experiment: ExperimentFields): string =>
  `${printLines(plain(experiment), { unit: '  ', eol: '\n' })}\n`;

/**
 * `text` changed so that it says `experiment`, and nothing else of it: comments, order and layout of what stays are kept.
 * Datasets are told apart by their id and methods by their name, so that taking one out leaves the others as they are.
 * @param text JSON with comments; what is no object is replaced as a whole, and so is an empty file
 * @param name of the file, for messages
 * @returns `text` itself where it says the same already
 * @throws usage errors `experiment-syntax`, `experiment-duplicate-key`: what is half written is the user's to finish
 */
export function editExperimentText(text: string, experiment: ExperimentFields, name: string): string {
  const current = text.trim() === '' ? undefined : readJsonWithComments(text, name).value;
  return isFields(current) ? change(text, [], current, plain(experiment)) : experimentText(experiment);
}

type Fields = Readonly<Record<string, unknown>>;

function change(text: string, path: JsonPath, from: unknown, to: unknown): string {
  if (JSON.stringify(from) === JSON.stringify(to)) return text;
  if (isFields(from) && isFields(to)) return changeFields(text, path, from, to);
  const changed = Array.isArray(from) && Array.isArray(to) ? changeNamed(text, path, from, to) : null;
  return changed ?? applyEdits(text, replaceValue(text, path, to));
}

function changeFields(text: string, path: JsonPath, from: Fields, to: Fields): string {
  let edited = text;
  const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
  for (const key of gone) edited = applyEdits(edited, removeMember(edited, [...path, key]));
  let members = Object.keys(from).length - gone.length;
  for (const [key, value] of Object.entries(to)) {
    if (Object.hasOwn(from, key)) edited = change(edited, [...path, key], from[key], value);
    else edited = applyEdits(edited, insertMember(edited, path, members++, value, key));
  }
  return edited;
}

/** Elements that have names are changed one by one; null where they have none, or come in another order. */
function changeNamed(
  text: string,
  path: JsonPath,
  from: readonly unknown[],
  to: readonly unknown[],
): string | null {
  const [old, wanted] = [names(from), names(to)];
  if (!old || !wanted) return null;
  const kept = old.filter((name) => wanted.includes(name));
  if (kept.join('\n') !== wanted.filter((name) => kept.includes(name)).join('\n')) return null;
  let edited = text;
  for (let i = old.length - 1; i >= 0; i--) {
    if (!kept.includes(old[i] ?? '')) edited = applyEdits(edited, removeMember(edited, [...path, i]));
  }
  to.forEach((value, i) => {
    const before = old.indexOf(wanted[i] ?? '');
    edited =
      before < 0
        ? applyEdits(edited, insertMember(edited, path, i, value))
        : change(edited, [...path, i], from[before], value);
  });
  return edited;
}

/** Null where not every element has one of its own. */
function names(elements: readonly unknown[]): string[] | null {
  const found = elements.map((element) => (isFields(element) ? (element.id ?? element.method) : null));
  const texts = found.filter((name) => typeof name === 'string');
  return texts.length === elements.length && new Set(texts).size === texts.length ? texts : null;
}

/** Without what is undefined. */
const plain = (experiment: ExperimentFields): object => JSON.parse(JSON.stringify(experiment)) as object;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
