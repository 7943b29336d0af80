import { SAFE_ID } from './experimentSchema';

const LONGEST = 80;

/**
 * An id for a dataset, from the name of its file: one that can be a file name, and that none of `taken` is on a file
 * system without regard to case.
 * @param path as an experiment writes it
 */
export function datasetId(path: string, taken: readonly string[]): string {
  return idFrom((path.split(/[\\/]/).at(-1) ?? '').replace(/(?<=.)\.[^.]*$/, ''), taken);
}

/** The same, from any text. */
export function idFrom(text: string, taken: readonly string[]): string {
  const plain = text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, LONGEST);
  const first = SAFE_ID.test(plain) ? plain : `set-${plain}`.replace(/-$/, '');
  const used = new Set(taken.map((id) => id.toLowerCase()));
  let id = first;
  for (let count = 2; used.has(id.toLowerCase()); count++) id = `${first}-${count}`;
  return id;
}
