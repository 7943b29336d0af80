import { access } from 'node:fs/promises';

export const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

export async function allExist(files: readonly string[]): Promise<boolean> {
  for (const file of files) if (!(await exists(file))) return false;
  return true;
}
