import { writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * An experiment in `folder` that takes as long as a test needs it to: random weights, and many harmless sentences.
 * @returns its absolute path
 */
export function writeLongExperiment(folder: string, rows: number): string {
  const line = (i: number): string =>
    JSON.stringify({ prompt: `Sentence ${i}: ${'which says nothing, '.repeat(12)}`, response: 'I agree.' });
  writeFileSync(path.join(folder, 'long.jsonl'), Array.from({ length: rows }, (_, i) => line(i)).join('\n'));
  const file = path.join(folder, 'long.safety-region.json');
  writeFileSync(
    file,
    JSON.stringify({
      schemaVersion: 1,
      name: 'long',
      model: 'embedded:random-tiny',
      datasets: [{ id: 'D0', path: 'long.jsonl', prompt: 'prompt', response: 'response' }],
      sampling: { count: rows, seed: 0 },
      methods: [{ method: 'snip', topFraction: 0.05 }],
    }),
  );
  return file;
}
