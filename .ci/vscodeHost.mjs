// Puts the real VS Code for tests in place: code-server's inner packages are not part of its npm package, and an
// outer `npm ci` deletes them, so this runs after it. Idempotent: 0.1 s when there is nothing to do.
// `node .ci/vscodeHost.mjs` or `import { ensureVscodeHost }`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const vscodeDir = path.join(root, 'node_modules/code-server/lib/vscode');

/** Paths where Debian, Ubuntu, Fedora, Arch and macOS put a Chromium that Playwright can drive. */
const CHROMIUM_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** @returns {string | undefined} the browser: $CHROMIUM, else the first known path that exists */
export function findChromium() {
  return [process.env.CHROMIUM, ...CHROMIUM_PATHS].find((file) => file && existsSync(file));
}

/** Debian's chromium by apt where that is ours to do; else a message that says what to install. */
export function ensureChromium() {
  if (findChromium()) return;
  const isRootOnDebian = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (isRootOnDebian) {
    console.error('Installing chromium with apt-get ...');
    const apt = (...args) =>
      spawnSync('apt-get', args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    apt('update', '-qq');
    apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
  }
  if (!findChromium()) {
    throw new Error(
      'The tests in VS Code need Chromium: install it (apt install chromium) or set CHROMIUM=/path/to/it.',
    );
  }
}

/** code-server's own lock file says what belongs in its inner node_modules; the stamp says what is there. */
export function ensureVscodeHost() {
  if (!existsSync(vscodeDir))
    throw new Error('node_modules/code-server is absent: run `npm ci --ignore-scripts`.');
  const stamp = path.join(vscodeDir, 'node_modules/.installed-from');
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(vscodeDir, 'npm-shrinkwrap.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error("Installing code-server's inner packages ...");
  // Not --omit=optional: the file watcher's binary is optional. Without --legacy-peer-deps npm refuses the lock file.
  const result = spawnSync(
    'npm',
    [
      'ci',
      '--legacy-peer-deps',
      '--omit=dev',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ],
    { cwd: vscodeDir, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
  );
  if (result.status !== 0) throw new Error(`npm ci in ${vscodeDir} failed with status ${result.status}.`);
  writeFileSync(stamp, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureVscodeHost();
  ensureChromium();
}
