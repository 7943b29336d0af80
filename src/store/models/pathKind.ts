import { stat } from 'node:fs/promises';

const isA = (what: 'isFile' | 'isDirectory', path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found[what](),
    () => false,
  );

/** Links are followed; false where there is nothing. */
export const isFile = (path: string): Promise<boolean> => isA('isFile', path);
export const isDirectory = (path: string): Promise<boolean> => isA('isDirectory', path);
