import * as z from 'zod';

/** A path with '/' that stays inside its folder: files of a run or a model are named by documents we did not write. */
export const safeRelativePath = z
  .string()
  .refine(isSafeRelativePath, 'Expected a relative path inside the folder');

export function isSafeRelativePath(path: string): boolean {
  return (
    path !== '' &&
    !/[\\\0:]/.test(path) &&
    path.split('/').every((part) => part !== '' && !/^\.{1,2}$/.test(part))
  );
}
