// `npm run bench -- performance [LINES] [ROUNDS]`: the table of aims in docs/benchmarks.md. A line has ours, PyTorch's time for
// the same work (in turns with ours), their ratio, and what share of the machine's limit ours is: of products of PyTorch
// (MKL) on as many threads, measured right before the line. Writes test/.cache/bench/performance.json.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  THREADS,
  benchModel,
  cache,
  identify,
  median,
  mib,
  output,
  runs,
  seconds,
} from '../../.ci/bench.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const SAMPLES = 16;
const SMALL = '1536x576x1536';
const LARGE = '1024x4096x14336';
const SHARED = [
  { method: 'snip' },
  { method: 'wanda' },
  { method: 'safeNeuron', projections: ['v', 'ffn'] },
  { method: 'safeLayer', sweep: 'none' },
];

/** By name: what it is, and how it is measured. */
const LINES = {
  snip96: (bench) => snip(bench, 96, { faster: 2, memory: 1 / 6 }),
  snip32: (bench) => snip(bench, 32, { faster: 1.7 }),
  snip192: (bench) => snip(bench, 192, { faster: 1.7 }),
  together,
  backward8b,
  model8b,
};

/**
 * @param {{ python: string, lines?: string, rounds: number }} options lines: names with commas between; all where left out
 */
export async function performance({ python, lines = Object.keys(LINES).join(','), rounds }) {
  const file = path.join(cache, 'performance.json');
  const report = {
    at: new Date().toISOString(),
    processor: os.cpus()[0]?.model.trim(),
    cores: os.availableParallelism(),
    threads: THREADS,
    rounds,
    lines: [],
  };
  for (const name of lines.split(',')) {
    if (!Object.hasOwn(LINES, name)) {
      throw new Error(`Unknown line '${name}'. Known: ${Object.keys(LINES).join(', ')}.`);
    }
    const load = os.loadavg()[0];
    const found = await LINES[name]({ python, rounds });
    for (const line of Array.isArray(found) ? found : [found]) {
      report.lines.push({ name, load, ...line });
      console.log(`${tableRow(report.lines.at(-1)).join(' | ')}`);
    }
    // After each: the last of them takes longer than most people wait.
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    rmSync(runs, { recursive: true, force: true });
  }
  const header = ['line', 'load', 'ours', 'baseline', 'ratio', 'aim', 'of the limit', 'memory', 'aim'];
  console.log(`\n| ${header.join(' | ')} |\n|${header.map(() => ' --- |').join('')}`);
  for (const line of report.lines) console.log(`| ${tableRow(line).join(' | ')} |`);
  console.log(`\n${file}`);
}

const tableRow = ({ what, load, ours, baseline, ratio, aim, ofLimit, memory, memoryAim }) => [
  what,
  load.toFixed(1),
  seconds(ours),
  baseline === undefined ? '-' : seconds(baseline),
  ratio === undefined ? '-' : ratio.toFixed(2),
  aim,
  ofLimit === undefined ? '-' : `${(100 * ofLimit).toFixed(0)} %`,
  memory,
  memoryAim ?? '',
];

/** SNIP alone, and what the published procedure would take: the whole model once for each layer and sample. */
async function snip({ python, rounds }, tokens, aims) {
  const folder = benchModel(python, 'smollm2');
  const limits = limitsOf(python, folder);
  const experiment = experimentOf(folder, tokens, { methods: [{ method: 'snip' }] });
  const rows = await inTurns({ python, folder, experiment, methods: 'snip', sets: ['texts'], rounds });
  const operations = operationsOf(folder, SAMPLES * tokens).snip;
  const line = compared(rows, operations, limits.products[SMALL]);
  const [engine, theirs] = [line.bytes, median(rows.map((row) => row.theirs.peakBytes))];
  const same = {
    what: `SNIP, ${SAMPLES} x ${tokens} tokens`,
    ...line,
    aim: `${aims.faster} x`,
    memory: `${mib(engine)}, ${(engine / theirs).toFixed(3)} of PyTorch's`,
    ...(aims.memory && { memoryAim: aims.memory.toFixed(3) }),
    limits,
  };
  if (tokens !== 96) return same;
  const layers = configOf(folder).num_hidden_layers;
  // Each of its passes gives gradients of all weights, of which it keeps one layer's: as many passes like PyTorch's above.
  const published = median(
    rows.map(({ theirs: { loadSeconds, scoreSeconds } }) => loadSeconds + layers * scoreSeconds),
  );
  return [
    same,
    {
      ...same,
      what: `against the published SNIP, ${layers} passes over all, extrapolated from one`,
      baseline: published,
      ratio: published / line.ours,
      aim: '20 x',
      memoryAim: undefined,
    },
  ];
}

/** SNIP, Wanda, FFN and V neurons and SafeLayer's curves in one pass, against PyTorch, which does the four in turn. */
async function together({ python, rounds }) {
  const folder = benchModel(python, 'smollm2');
  const limits = limitsOf(python, folder);
  const experiment = experimentOf(folder, 96, { methods: SHARED, utility: true });
  const sets = ['texts', 'utility'];
  const methods = 'snip,wanda,neurons,curves';
  const rows = await inTurns({ python, folder, experiment, methods, sets, rounds });
  const operations = operationsOf(folder, 2 * SAMPLES * 96).snip;
  const line = compared(rows, operations, limits.products[SMALL]);
  return {
    what: `SNIP, Wanda, FFN and V neurons, curves: 2 x ${SAMPLES} x 96 tokens`,
    ...line,
    aim: '3 x',
    memory: mib(line.bytes),
    limits,
  };
}

/** How near the backward phase of a layer of Llama-3-8B's shape is to the products that it needs. */
async function backward8b({ python, rounds }) {
  const folder = benchModel(python, 'layer8b');
  const limits = limitsOf(python, folder);
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    measured.push(await identify(path.join(folder, 'layer8b.safety-region.json')));
  }
  const ours = median(measured.map(({ timings }) => timings.backward));
  const operations = operationsOf(folder, 8 * 128).backward;
  return {
    what: 'backward of one 8B-shaped layer, 8 x 128 tokens',
    ours,
    operations,
    aim: '80 % of the limit',
    ofLimit: operations / ours / limits.products[LARGE],
    memory: mib(median(measured.map(({ engineBytes }) => engineBytes))),
    limits,
  };
}

async function model8b({ python }) {
  const folder = benchModel(python, 'model8b');
  const limits = limitsOf(python, folder);
  const methods = [{ method: 'snip' }, { method: 'wanda' }];
  const { passSeconds, engineBytes } = await identify(experimentOf(folder, 128, { methods, samples: 8 }));
  const operations = operationsOf(folder, 8 * 128).snip;
  return {
    what: '8B-shaped model, 8 x 128 tokens, SNIP and Wanda',
    ours: passSeconds,
    operations,
    aim: '720 s',
    ofLimit: operations / passSeconds / limits.products[LARGE],
    memory: mib(engineBytes),
    memoryAim: mib(3e9),
    limits,
  };
}

/** Ours, then theirs, on the texts that ours fed. */
async function inTurns({ python, folder, experiment, methods, sets, rounds }) {
  const rows = [];
  const regions = path.join(cache, 'torch-regions.safetensors');
  for (let round = 0; round < rounds; round++) {
    const ours = await identify(experiment);
    const samples = sets.map((id) => path.join(ours.runDir, 'samples', `${id}.jsonl`)).join(',');
    const script = path.join(here, 'torch_scores.py');
    const args = [script, methods, path.join(folder, 'model'), samples, String(THREADS), '0.05', regions];
    const theirs = JSON.parse(output(python, args));
    rmSync(regions, { force: true });
    rows.push({ ours, theirs });
  }
  return rows;
}

function compared(rows, operations, limit) {
  const ours = median(rows.map((row) => row.ours.passSeconds));
  const baseline = median(
    rows.map(
      ({ theirs: { loadSeconds, scoreSeconds, selectSeconds } }) =>
        loadSeconds + scoreSeconds + selectSeconds,
    ),
  );
  const bytes = median(rows.map((row) => row.ours.engineBytes));
  return { ours, baseline, ratio: baseline / ours, operations, ofLimit: operations / ours / limit, bytes };
}

/** Texts of as many tokens, half of them the response, and an experiment on them. @returns its path */
function experimentOf(folder, tokens, { methods, utility = false, samples = SAMPLES }) {
  const half = tokens / 2;
  const { vocab_size: words } = configOf(folder);
  const text = (seed) =>
    Array.from({ length: half }, (_, i) => `w${1 + ((7919 * (i + 1) + 104_729 * seed) % (words - 1))}`).join(
      ' ',
    );
  const set = (id, first) => {
    const file = `${id}-${tokens}.jsonl`;
    const rows = Array.from({ length: samples }, (_, row) =>
      JSON.stringify({ prompt: text(first + 2 * row), response: text(first + 2 * row + 1) }),
    );
    writeFileSync(path.join(folder, file), rows.join('\n'));
    return { id, path: file, prompt: 'prompt', response: 'response' };
  };
  const file = path.join(folder, 'performance.safety-region.json');
  const experiment = {
    schemaVersion: 1,
    name: 'bench-performance',
    model: 'model',
    datasets: [set('texts', 0)],
    ...(utility && { utility: set('utility', 2 * samples) }),
    sampling: { count: samples, maxPromptTokens: half, maxResponseTokens: half },
    template: 'none',
    methods: methods.map((settings) => ({
      ...(settings.method.length < 6 && { topFraction: 0.05 }),
      ...settings,
    })),
    engine: { provider: 'cpu', threads: THREADS },
  };
  writeFileSync(file, JSON.stringify(experiment));
  return file;
}

const configOf = (folder) => JSON.parse(readFileSync(path.join(folder, 'model', 'config.json'), 'utf8'));

/**
 * Products with the blocks' weights that are needed and no others, a multiply-add being two operations: `snip` keeps
 * what its forward pass gave; `backward` has to compute it again, but for the last product, and the gradient of what goes
 * into the first layer's q, k and v is for nobody.
 */
export function operationsOf(folder, tokens) {
  const config = configOf(folder);
  const { hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers } = config;
  const keys = (hidden / config.num_attention_heads) * config.num_key_value_heads;
  const [qkv, down] = [hidden * (hidden + 2 * keys), hidden * inner];
  const all = layers * (qkv + hidden * hidden + 3 * down);
  const gradients = all + (all - qkv);
  return { snip: 2 * tokens * (all + gradients), backward: 2 * tokens * (all - layers * down + gradients) };
}

function limitsOf(python, folder) {
  const model = path.join(folder, 'model');
  const [file] = readdirSync(model)
    .filter((name) => name.endsWith('.safetensors'))
    .sort();
  return JSON.parse(output(python, [path.join(here, 'limits.py'), String(THREADS), path.join(model, file)]));
}
