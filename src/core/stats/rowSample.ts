import { seededRandom } from './random';

/** Few rows tell a mean over all modules: they hold thousands of weights each. */
const MOST_ROWS = 4;
const LEAST_ROWS = 2;
const MOST_WEIGHTS = 2 ** 13;

/** How many rows of a matrix stand for all of it. */
export const sampleSize = (rows: number, columns: number): number =>
  Math.min(rows, Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(MOST_WEIGHTS / columns))));

/**
 * Rows of a matrix, ascending: evenly spaced from a start that the matrix's name draws, so that every row is about as
 * likely and each attention head has its share.
 */
export function sampledRows(name: string, rows: number, columns: number): number[] {
  const size = sampleSize(rows, columns);
  const step = Math.floor(rows / size);
  const start = seededRandom(hashOf(name)).below(rows - (size - 1) * step);
  return Array.from({ length: size }, (_, i) => start + i * step);
}

/** FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
