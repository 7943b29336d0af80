// `npm run bench -- methods [ROUNDS]`: what each method costs alone, and all of them in one shared pass. SafeLayer needs
// a utility set: every run has one, of the same size, so that all of them push as many tokens through the model.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { identify } from '../../.ci/bench.mjs';

const AIM = 1.25;
const neurons = (...projections) => ({ method: 'safeNeuron', projections });
const [snip, wanda] = [{ method: 'snip' }, { method: 'wanda' }];
const curves = { method: 'safeLayer', sweep: 'none' };
const nlsr = { method: 'nlsr' };
const SHARED = 'SNIP, Wanda, FFN and V neurons, curves';
const RUNS = {
  SNIP: [snip],
  Wanda: [wanda],
  'SafeNeuron, FFN and V': [neurons('v', 'ffn')],
  'SafeNeuron, Q and K': [neurons('q', 'k')],
  'SafeLayer, curves': [curves],
  'NLSR, rank 16': [nlsr],
  [SHARED]: [snip, wanda, neurons('v', 'ffn'), curves],
  'the same and Q and K': [snip, wanda, neurons('q', 'k', 'v', 'ffn'), curves],
  'all five, all neurons': [snip, wanda, neurons('q', 'k', 'v', 'o', 'ffn'), curves, nlsr],
};

/**
 * @param {{ folder: string, adapter: string, rounds: number }} options folder of the bench's model; its adapter
 */
export async function methods({ folder, adapter, rounds }) {
  const set = (id) => ({ id, path: 'texts.jsonl', prompt: 'prompt', response: 'response' });
  const seconds = Object.fromEntries(Object.keys(RUNS).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, chosen] of Object.entries(RUNS)) {
      const file = path.join(folder, 'methods.safety-region.json');
      const experiment = {
        schemaVersion: 1,
        name: 'bench-methods',
        model: 'model',
        adapter,
        datasets: [set('texts')],
        utility: set('utility'),
        sampling: { count: 16, maxPromptTokens: 48, maxResponseTokens: 48 },
        template: 'none',
        methods: chosen,
        engine: { provider: 'cpu', threads: 2 },
      };
      writeFileSync(file, JSON.stringify(experiment));
      const { passSeconds, timings, engineBytes } = await identify(file);
      const taken = passSeconds + (timings.baselines ?? 0);
      seconds[name].push(taken);
      const mib = Math.round(engineBytes / 2 ** 20);
      console.log(`round ${round + 1}, ${name}: ${taken.toFixed(2)} s, engine ${mib} MiB`);
    }
  }
  const middle = (name) => seconds[name].toSorted((a, b) => a - b)[seconds[name].length >> 1];
  console.log(`\nSmolLM2-135M shapes, 2 x 16 samples x (48 + 48) tokens, 2 threads, medians of ${rounds}`);
  for (const name of Object.keys(RUNS)) {
    const times = (middle(name) / middle('SNIP')).toFixed(2);
    console.log(
      `${name.padEnd(40)} ${middle(name).toFixed(2)} s, ${times} of SNIP${name === SHARED ? ` (aim ${AIM})` : ''}`,
    );
  }
  const more = middle('the same and Q and K') - middle(SHARED);
  console.log(`${'Q and K on top of the shared pass'.padEnd(40)} ${more.toFixed(2)} s`);
}
