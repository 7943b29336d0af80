// `node .ci/start.mjs [FOLDER]`: a real VS Code on the sample workspace with the extension loaded from this clone. The
// desktop one where `code` is on PATH; else code-server, whose address it prints and which it keeps running.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureVscodeHost } from './vscodeHost.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const isWindows = process.platform === 'win32';
const args = process.argv.slice(2);
const inBrowser = args.includes('--browser');
const folder = path.resolve(
  process.env.INIT_CWD ?? process.cwd(),
  args.find((argument) => !argument.startsWith('--')) ?? path.join(root, 'native-models/sample'),
);

const hasDesktop = spawnSync('code', ['--version'], { stdio: 'ignore', shell: isWindows }).status === 0;
if (hasDesktop && !inBrowser) {
  const { status } = spawnSync('code', [`--extensionDevelopmentPath=${root}`, '--new-window', folder], {
    stdio: 'inherit',
    shell: isWindows,
  });
  process.exit(status ?? 1);
}

ensureVscodeHost();
const data = path.join(root, 'test/.cache/start');
const extensions = path.join(data, 'extensions');
// Made anew, so that the list of extensions in it is too; settings and opened windows are kept.
rmSync(extensions, { recursive: true, force: true });
mkdirSync(extensions, { recursive: true });
symlinkSync(root, path.join(extensions, 'safety-region-explorer'), 'junction');
const config = path.join(data, 'config.yaml');
writeFileSync(config, 'auth: none\ncert: false\n');
const settings = path.join(data, 'user/User/settings.json');
if (!existsSync(settings)) {
  mkdirSync(path.dirname(settings), { recursive: true });
  writeFileSync(
    settings,
    JSON.stringify({ 'workbench.startupEditor': 'none', 'telemetry.telemetryLevel': 'off' }),
  );
}

const port = await freePort();
const child = spawn(
  process.execPath,
  [
    path.join(root, 'node_modules/code-server/out/node/entry.js'),
    ...['--config', config, '--user-data-dir', path.join(data, 'user'), '--extensions-dir', extensions],
    ...[
      '--bind-addr',
      `127.0.0.1:${port}`,
      '--auth',
      'none',
      '--disable-telemetry',
      '--disable-update-check',
    ],
    ...['--disable-workspace-trust', '--disable-getting-started-override', '--ignore-last-opened'],
  ],
  { stdio: ['ignore', 'ignore', 'ignore'], env: { ...process.env, EXTENSIONS_GALLERY: '{"serviceUrl":""}' } },
);
child.once('exit', (status) => process.exit(status ?? 1));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill('SIGTERM'));

const address = `http://127.0.0.1:${port}`;
for (;;) {
  const response = await globalThis.fetch(`${address}/healthz`).catch(() => undefined);
  if (response?.ok) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
}
console.log(`VS Code with Safety Region Explorer: ${address}/?folder=${encodeURIComponent(folder)}`);
console.log('Ctrl+C stops it.');

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port: found } = server.address();
      server.close(() => resolve(found));
    });
  });
}
