// `npm run bench -- performance | snip | wanda | methods | layer8b | model8b | real | generate | overlap | ui [ARGUMENTS]`: times the command line
// (generation by itself); snip, wanda and generate against PyTorch, in turns on the same machine and the same samples.
// Models and environments are cached under test/.cache.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { oraclePython } from './python.mjs';
import { smollm2Model } from './validate.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const cache = path.join(root, 'test', '.cache', 'bench');
export const runs = path.join(cache, 'runs');
const cli = path.join(root, 'dist', 'cli.js');
export const THREADS = 2;
const MiB = 2 ** 20;

/** Reading, tokenising and hashing come before the first layer, the floors of shared magnitude after the regions. */
const NOT_IN_PASS = ['preparing', 'baselines'];
/** Aims: how much faster than PyTorch, and what share of its memory. */
const aims = { snip: { faster: 1.4, memory: 0.2 }, wanda: { faster: 1.5, memory: 0.25 } };

async function main([name, ...rest]) {
  console.log(
    `${os.cpus()[0]?.model.trim()}, ${os.availableParallelism()} cores, load ${os.loadavg()[0]?.toFixed(2)}`,
  );
  if (name === 'snip' || name === 'wanda') return againstTorch(name, Number(rest[0] ?? 3));
  if (name === 'layer8b') return layer8b();
  if (name === 'model8b') return model8b();
  if (name === 'methods') return allMethods(Number(rest[0] ?? 3));
  if (name === 'overlap') {
    const [methods, folder] = rest;
    return (await import('../test/bench/overlap.mjs')).overlap({ methods: Number(methods ?? 1), folder });
  }
  if (name === 'ui') {
    const { status } = spawnSync(process.execPath, ['.ci/vscodeTests.mjs', 'bench', ...rest], {
      cwd: root,
      stdio: 'inherit',
    });
    process.exitCode = status ?? 1;
    return;
  }
  if (name === 'performance') {
    const [lines, rounds = '3'] = rest;
    const { performance: measure } = await import('../test/bench/performance.mjs');
    return measure({
      python: oraclePython(),
      lines: lines === 'all' ? undefined : lines,
      rounds: Number(rounds),
    });
  }
  if (name === 'real') return (await import('../test/bench/real.mjs')).real(rest);
  if (name === 'generate') {
    const { generate } = await import('../test/bench/generate.mjs');
    const python = oraclePython();
    return generate({ python, model: smollm2Model(python), rounds: Number(rest[0] ?? 3), threads: THREADS });
  }
  throw new Error(
    `Unknown bench '${name ?? ''}'. Known: performance, snip, wanda, methods, layer8b, model8b, real, generate, overlap, ui.`,
  );
}

/**
 * Rounds of ours, then theirs: whatever else the machine does then meets both. Each round runs ours a second time with
 * a fraction of which no row has a weight: nothing is selected then, which tells what scores alone take.
 */
async function againstTorch(method, rounds) {
  const python = oraclePython();
  const folder = benchModel(python, 'smollm2');
  const experiment = path.join(folder, `${method}.safety-region.json`);
  const settings = JSON.parse(readFileSync(experiment, 'utf8'));
  const [{ topFraction }] = settings.methods;
  const unselected = path.join(folder, `${method}-scores.safety-region.json`);
  writeFileSync(unselected, JSON.stringify({ ...settings, methods: [{ method, topFraction: 1e-9 }] }));
  const script = path.join(root, 'test', 'bench', 'torch_scores.py');
  const table = [];
  for (let round = 0; round < rounds; round++) {
    const ours = await identify(experiment);
    const scored = await identify(unselected);
    const samples = path.join(ours.runDir, 'samples', 'texts.jsonl');
    const regions = path.join(cache, 'torch-regions.safetensors');
    const args = [method, path.join(folder, 'model'), samples, String(THREADS), String(topFraction), regions];
    const theirs = JSON.parse(output(python, [script, ...args]));
    rmSync(regions);
    const { loadSeconds, scoreSeconds, selectSeconds } = theirs;
    theirs.seconds = loadSeconds + scoreSeconds + selectSeconds;
    scored.scoreSeconds = scored.passSeconds - scored.timings.writing;
    table.push({ ours, scored, theirs });
    console.log(
      `round ${round + 1}: ours ${seconds(ours.passSeconds)} (scores ${seconds(scored.scoreSeconds)}, process ` +
        `${seconds(ours.wallSeconds)}), PyTorch ${seconds(theirs.seconds)} (loading ${seconds(loadSeconds)}, scores ` +
        `${seconds(scoreSeconds)}, selection ${seconds(selectSeconds)}), ${mib(ours.engineBytes)} + ` +
        `${mib(ours.cliBytes)} command line, ${mib(theirs.peakBytes)}`,
    );
  }
  rmSync(runs, { recursive: true, force: true });
  const mid = (pick) => median(table.map(pick));
  const { faster, memory: share } = aims[method];
  const row = (what, ours, theirs, aim = '') =>
    console.log(
      `${what.padEnd(40)}ours ${seconds(ours)}, PyTorch ${seconds(theirs)}: ` +
        `${(theirs / ours).toFixed(2)} x faster${aim}`,
    );
  console.log(`
${method}, SmolLM2-135M shapes, 16 samples x (48 + 48) tokens, ${THREADS} threads, medians of ${rounds}`);
  const [pass, work] = [mid(({ ours }) => ours.passSeconds), mid(({ theirs }) => theirs.seconds)];
  row('same work, weights to regions on disk', pass, work, ` (aim ${faster})`);
  const scores = mid(({ theirs }) => theirs.scoreSeconds);
  row(
    'scores alone',
    mid(({ scored }) => scored.scoreSeconds),
    scores,
    ': ours with its loading, theirs without',
  );
  const wall = mid(({ ours }) => ours.wallSeconds);
  const memory = mid(({ theirs }) => theirs.peakBytes);
  const engine = mid(({ ours }) => ours.engineBytes);
  const both = mid(({ ours }) => ours.engineBytes + ours.cliBytes);
  console.log(`ours, whole process                     ${seconds(wall)}
peak RSS, PyTorch                       ${mib(memory)}
peak RSS, engine                        ${mib(engine)}: ${(engine / memory).toFixed(3)} of PyTorch's (aim ${share})
peak RSS, engine and command line       ${mib(both)}: ${(both / memory).toFixed(3)} of PyTorch's`);
}

async function allMethods(rounds) {
  const python = oraclePython();
  const folder = benchModel(python, 'smollm2');
  if (!existsSync(path.join(folder, 'adapter'))) {
    const write = `from pathlib import Path
import sys
sys.path.insert(0, sys.argv[1])
from methods_experiments import write_adapter
write_adapter(Path(sys.argv[2]), Path(sys.argv[3]), {"r": 16}, 0.1)`;
    const oracles = path.join(root, 'test', 'oracles');
    output(python, ['-c', write, oracles, path.join(folder, 'model'), path.join(folder, 'adapter')]);
  }
  const { methods } = await import('../test/bench/methods.mjs');
  await methods({ folder, adapter: 'adapter', rounds });
  rmSync(runs, { recursive: true, force: true });
}

async function layer8b() {
  const folder = benchModel(oraclePython(), 'layer8b');
  const ours = await identify(path.join(folder, 'layer8b.safety-region.json'));
  rmSync(runs, { recursive: true, force: true });
  console.log(`
layer8b, one layer of Llama-3-8B's shape, 8 samples x (64 + 64) tokens, SNIP and Wanda, ${THREADS} threads
first layer to regions ${seconds(ours.passSeconds)}, whole process ${seconds(ours.wallSeconds)}
peak RSS of the engine ${mib(ours.engineBytes)} (aim: below 2 GB, ${mib(2e9)})`);
  if (ours.engineBytes >= 2e9) process.exitCode = 1;
}

/**
 * All of Llama-3-8B's shape from disk. A run costs so much whatever the samples (weights are read, and scored) and so
 * much a sample: two runs tell both, and a line through them what 128 samples take.
 */
async function model8b() {
  const folder = benchModel(oraclePython(), 'model8b');
  const measured = [];
  for (const [name, samples] of [
    ['one', 1],
    ['eight', 8],
  ]) {
    const ours = await identify(path.join(folder, `${name}.safety-region.json`));
    rmSync(runs, { recursive: true, force: true });
    measured.push({ samples, ...ours });
    const phases = Object.entries(ours.timings).map(([phase, time]) => `${phase} ${seconds(time)}`);
    console.log(
      `${samples} x (48 + 32) tokens: ${seconds(ours.passSeconds)} from the first layer to regions, whole process ` +
        `${seconds(ours.wallSeconds)} (${phases.join(', ')}), peak RSS of the engine ${mib(ours.engineBytes)}, ` +
        `of the command line ${mib(ours.cliBytes)}`,
    );
  }
  const [one, more] = measured;
  const perSample = (more.passSeconds - one.passSeconds) / (more.samples - one.samples);
  const fixed = one.passSeconds - perSample * one.samples;
  // On a busy machine the noise is larger than what seven samples take.
  const extrapolated =
    perSample > 0
      ? `${seconds(fixed)} whatever the samples, ${seconds(perSample)} a sample of 80 tokens; 128 such samples, ` +
        `extrapolated: ${((fixed + 128 * perSample) / 60).toFixed(0)} min`
      : `more samples took no longer: too much else runs here to extrapolate; 128 such samples take less than ` +
        `${((128 / more.samples) * (more.passSeconds / 60)).toFixed(0)} min`;
  const peak = Math.max(...measured.map(({ engineBytes }) => engineBytes));
  console.log(`
model8b, 32 layers and 128,256 words of Llama-3-8B's shape, random weights, SNIP and Wanda, ${THREADS} threads
${extrapolated}
peak RSS of the engine ${mib(peak)} (aim: below 4 GB, ${mib(4e9)})`);
  if (peak >= 4e9) process.exitCode = 1;
}

/** Runs the command line; peaks, and its own processor time, are read from /proc while the processes live (Linux). */
export async function commandLine(args) {
  const began = performance.now();
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const peaks = new Map();
  let processorSeconds = 0;
  const timer = setInterval(() => {
    processorSeconds = Math.max(processorSeconds, processorTime(child.pid));
    for (const pid of [child.pid, ...childrenOf(child.pid)]) {
      peaks.set(pid, Math.max(peaks.get(pid) ?? 0, highWaterBytes(pid)));
    }
  }, 50);
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  clearInterval(timer);
  if (status !== 0) throw new Error(`${args[0]} exits ${status}`);
  const wallSeconds = (performance.now() - began) / 1000;
  const cliBytes = peaks.get(child.pid) ?? 0;
  peaks.delete(child.pid);
  return { text, wallSeconds, processorSeconds, cliBytes, childBytes: Math.max(0, ...peaks.values()) };
}

/** A run, with what its summary says of phases and of the engine's memory. */
export async function identify(experiment, { log = 'ignore', outDir = runs } = {}) {
  const settings = ['--out', outDir, '--threads', String(THREADS), '--progress', 'none'];
  const { text, childBytes, ...measured } = await commandLine(['identify', experiment, ...settings]);
  const runDir = text.trimEnd().split('\n').at(-1);
  const { timings, peakMemoryBytes } = JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8'));
  if (log === 'print') console.log(text);
  return {
    runDir,
    text,
    timings,
    ...measured,
    passSeconds: Object.entries(timings).reduce(
      (sum, [phase, time]) => sum + (NOT_IN_PASS.includes(phase) ? 0 : time),
      0,
    ),
    engineBytes: Math.max(peakMemoryBytes ?? 0, childBytes),
  };
}

export function benchModel(python, kind) {
  const folder = path.join(cache, kind);
  if (!existsSync(path.join(folder, 'texts.jsonl'))) {
    mkdirSync(folder, { recursive: true });
    output(python, [path.join(root, 'test', 'bench', 'make_models.py'), kind, folder]);
  }
  return folder;
}

function childrenOf(parent) {
  try {
    return readdirSync(`/proc/${parent}/task`).flatMap((task) =>
      readFileSync(`/proc/${parent}/task/${task}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return []; // ended, or no /proc
  }
}

/** User and system time of all threads, in seconds; ticks are 1/100 s on Linux. proc(5): fields 14 and 15. */
function processorTime(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

function highWaterBytes(pid) {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export function output(command, args) {
  const result = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  if (result.error) throw result.error;
  if (result.status !== 0)
    throw new Error(`${path.basename(command)} ${args.slice(0, 2).join(' ')} exits ${result.status}`);
  return result.stdout;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export const seconds = (value) => `${value.toFixed(2)} s`;
export const mib = (bytes) => `${Math.round(bytes / MiB)} MiB`;

// Not awaited here: a bench that imports this file would wait for itself.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}
