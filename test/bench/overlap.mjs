// `npm run bench -- overlap [METHODS] [FOLDER]`: the command `overlap` on ten regions and a utility region of
// Llama-3-8B's shape, 5 %, packed, on disk: 9 GiB a method, in a temporary folder, or in FOLDER, which is kept and used
// again. With two methods it compares them with one another as well, which reads every region a second time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { commandLine } from '../../.ci/bench.mjs';

const LAYERS = 32;
const HEADS = { heads: 32, kvHeads: 8, headDim: 128 };
const SHAPES = {
  'self_attn.q_proj': [4096, 4096],
  'self_attn.k_proj': [1024, 4096],
  'self_attn.v_proj': [1024, 4096],
  'self_attn.o_proj': [4096, 4096],
  'mlp.gate_proj': [14336, 4096],
  'mlp.up_proj': [14336, 4096],
  'mlp.down_proj': [4096, 14336],
};
const DATASETS = Array.from({ length: 10 }, (_, i) => `D${i}`);
const UTILITY = 'Du';
const METHODS = ['snip', 'wanda'];
const FRACTION = 0.05;
const PIECE = 1 << 16;
const POOL_PIECES = 64;
const AIM = { seconds: 60, bytes: 1e9 };
const GiB = 2 ** 30;

const matrices = Array.from({ length: LAYERS }, (_, layer) =>
  Object.entries(SHAPES).map(([module, shape]) => ({
    name: `model.layers.${layer}.${module}.weight`,
    shape,
  })),
).flat();
const bytesOf = ({ shape: [rows, columns] }) => (rows * columns) / 8;
const regionBytes = matrices.reduce((sum, matrix) => sum + bytesOf(matrix), 0);

/** @param {{ methods?: number, folder?: string }} options */
export async function overlap({ methods = 1, folder }) {
  const names = METHODS.slice(0, methods);
  const run = folder ? path.resolve(folder) : mkdtempSync(path.join(os.tmpdir(), 'safety-region-bench-'));
  try {
    if (!existsSync(path.join(run, 'summary.json'))) writeRun(run, names);
    for (const format of ['--markdown', '--json']) {
      const isCold = forget(run);
      const { text, wallSeconds, processorSeconds, cliBytes } = await commandLine(['overlap', run, format]);
      const size = `${names.length * 11} regions, ${((names.length * 11 * regionBytes) / GiB).toFixed(1)} GiB`;
      console.log(
        `overlap ${format}, ${names.join(' and ')}, ${size}${isCold ? '' : ' (some of it in the page cache)'}: ` +
          `${wallSeconds.toFixed(1)} s (aim ${AIM.seconds} for one method), ${processorSeconds.toFixed(1)} s of processor time, ${Math.round(cliBytes / 2 ** 20)} MiB ` +
          `(aim: below 1 GB), ${text.length} characters`,
      );
      if (cliBytes >= AIM.bytes || (methods === 1 && wallSeconds >= AIM.seconds)) process.exitCode = 1;
    }
  } finally {
    if (!folder) rmSync(run, { recursive: true, force: true });
  }
}

function writeRun(run, methods) {
  mkdirSync(run, { recursive: true });
  const needed = methods.length * 11 * regionBytes;
  const { bavail, bsize } = statfsSync(run);
  if (bavail * bsize < needed + GiB)
    throw new Error(`${run}: ${Math.ceil(needed / GiB) + 1} GiB are needed.`);
  const datasets = DATASETS.map((id) => ({ id, path: 'none.jsonl' }));
  const experiment = {
    schemaVersion: 1,
    name: 'bench-overlap',
    model: 'none',
    datasets,
    utility: { id: UTILITY, path: 'none.jsonl' },
    methods: methods.map((method) => ({ method })),
  };
  const manifest = {
    schemaVersion: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    experiment,
    experimentFile: path.join(run, 'none.safety-region.json'),
    model: { reference: 'none', directory: run, modelType: 'llama', parameters: 8 * regionBytes, files: {} },
    versions: {},
    provider: 'cpu',
    threads: 2,
    seed: 0,
    datasets: {},
    plan: {},
  };
  writeFileSync(path.join(run, 'run.json'), JSON.stringify(manifest));
  const common = pool(1);
  const files = {};
  let seed = 2;
  for (const method of methods) {
    mkdirSync(path.join(run, 'regions', method), { recursive: true });
    for (const id of [...DATASETS, UTILITY]) {
      const relative = `regions/${method}/${id}.safetensors`;
      files[relative] = writeRegion(path.join(run, relative), common, pool(seed++));
    }
  }
  const summary = {
    schemaVersion: 1,
    finishedAt: '2026-01-01T00:00:00.000Z',
    regions: [],
    losses: {},
    timings: {},
    peakMemoryBytes: null,
    resumed: 0,
    files,
    warnings: [],
    defaults: {},
  };
  writeFileSync(path.join(run, 'summary.json'), JSON.stringify(summary));
}

/** Every third piece is the same in all regions: else only random overlap would be counted. @returns SHA-256 */
function writeRegion(file, common, own) {
  const hash = createHash('sha256');
  const handle = openSync(file, 'wx');
  const write = (bytes) => {
    hash.update(bytes);
    for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done);
  };
  write(header());
  let piece = 0;
  for (const matrix of matrices) {
    for (let left = bytesOf(matrix); left > 0; left -= PIECE, piece++) {
      const from = ((piece * 29) % POOL_PIECES) * PIECE;
      write((piece % 3 === 0 ? common : own).subarray(from, from + Math.min(PIECE, left)));
    }
  }
  closeSync(handle);
  return hash.digest('hex');
}

function header() {
  let at = 0;
  const tensors = matrices.map((matrix) => {
    const begin = at;
    at += bytesOf(matrix);
    return [matrix.name, { dtype: 'U8', shape: [at - begin], data_offsets: [begin, at] }];
  });
  const shapes = Object.fromEntries(matrices.map(({ name, shape }) => [name, shape]));
  const metadata = {
    payload: 'weights',
    shapes: JSON.stringify(shapes),
    heads: JSON.stringify(HEADS),
  };
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(tensors) });
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

/** Seeded bits (xorshift32), each set with the chance FRACTION. */
function pool(seed) {
  const bytes = new Uint8Array(POOL_PIECES * PIECE);
  const below = FRACTION * 2 ** 32;
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  for (let i = 0; i < bytes.length; i++) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      if (state >>> 0 < below) byte |= 1 << bit;
    }
    bytes[i] = byte;
  }
  return bytes;
}

/** Asks the system to drop the files from its page cache, so that they are read from the disk. */
function forget(run) {
  const regions = path.join(run, 'regions');
  return readdirSync(regions, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .every(({ parentPath, name }) => {
      const file = `if=${path.join(parentPath, name)}`;
      return spawnSync('dd', [file, 'iflag=nocache', 'count=0'], { stdio: 'ignore' }).status === 0;
    });
}
