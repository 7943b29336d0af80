// Bundles the tests that need VS Code into test/.cache/vscode and runs them.
// `node .ci/vscodeTests.mjs run [--only=inHost|ui] [--grep=TEXT]` (code-server and Chromium) or `electron`
// (@vscode/test-electron, which downloads VS Code), or `bench [ROUNDS]`. dist/ must be built before.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium, ensureVscodeHost, findChromium } from './vscodeHost.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const outdir = path.join(root, 'test/.cache/vscode');
const [launcher = 'run', ...args] = process.argv.slice(2);

if (launcher !== 'electron') {
  ensureVscodeHost();
  ensureChromium();
}
await build({
  absWorkingDir: root,
  entryPoints: {
    run: 'test/vscode/run.ts',
    electron: 'test/vscode/electron.ts',
    bench: 'test/vscode/bench.ts',
    inHost: 'test/vscode/inHost/index.ts',
  },
  outdir,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  packages: 'external',
  external: ['vscode'],
  sourcemap: 'inline',
  logLevel: 'warning',
});
if (launcher === 'bench') {
  await build({
    absWorkingDir: root,
    entryPoints: ['test/webview/heatmapPage.ts'],
    outdir,
    bundle: true,
    format: 'iife',
    logLevel: 'warning',
  });
}
const { status } = spawnSync(process.execPath, [path.join(outdir, `${launcher}.js`), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, CHROMIUM: findChromium() ?? '' },
});
process.exit(status ?? 1);
