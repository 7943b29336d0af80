// `npm run bench -- real [DATA_ROOT]`: a real run, with all its tables. SmolLM2-135M-Instruct; safety_full_short,
// HarmBench and JailbreakBench, utility Self-Instruct; 32 samples each; SNIP and Wanda. DATA_ROOT (or $SAFETY_DATA)
// holds the sets as their authors publish them; default: ../shared/data beside the repository.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { identify } from '../../.ci/bench.mjs';
import { smollm2Model } from '../../.ci/validate.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '..', '..');

export async function real([dataRoot = process.env.SAFETY_DATA ?? path.join(root, '..', 'shared', 'data')]) {
  const folder = path.join(root, 'test', '.cache', 'real');
  mkdirSync(folder, { recursive: true });
  // Paths in the committed file are placeholders: an experiment's paths are relative to its own folder.
  const template = readFileSync(path.join(here, 'real.safety-region.json'), 'utf8');
  const file = path.join(folder, 'real.safety-region.json');
  const filled = template
    .replaceAll('DATA_ROOT', path.resolve(dataRoot).replaceAll('\\', '/'))
    .replaceAll('MODEL', smollm2Model().replaceAll('\\', '/'));
  writeFileSync(file, filled);
  const run = await identify(file, { log: 'print', outDir: path.join(folder, 'runs') });
  console.log(`${JSON.stringify(run.timings)}`);
  const peak = `${Math.round(run.engineBytes / 2 ** 20)} MiB peak RSS of the engine`;
  console.log(`${run.wallSeconds.toFixed(0)} s in all (aim: below 600), ${peak}`);
  if (run.wallSeconds >= 600) process.exitCode = 1;
}
