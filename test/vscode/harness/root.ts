import path from 'node:path';

/** The repository: .ci/vscodeTests.mjs starts everything here, and bundles lie elsewhere than their sources. */
export const root = process.cwd();

export const inRoot = (...parts: string[]): string => path.join(root, ...parts);
