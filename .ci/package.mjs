// `node .ci/package.mjs TARGET`: a .vsix of one platform in dist/, minified, without source maps, at most 40 MB.
// TARGET as vsce names it: linux-x64, linux-arm64, darwin-arm64, win32-x64, win32-arm64.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const RUNTIMES = 'node_modules/onnxruntime-node/bin/napi-v6';
const MOST_BYTES = 40e6;

const fail = (message) => {
  console.error(message);
  process.exit(1);
};
const node = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) fail(`${args[0]} ended with status ${status}.`);
};

const target = process.argv[2] ?? `${process.platform}-${process.arch}`;
const [platform, arch] = target.split('-');
const runtime = `${RUNTIMES}/${platform}/${arch}`;
if (!existsSync(path.join(root, runtime)))
  fail(`ONNX Runtime has no build for '${target}' (${runtime} is absent).`);

node('esbuild.mjs', '--production');
node('dist/cli.js', '--write-schema', 'dist');

const ignoreFile = path.join(root, 'test/.cache', `vscodeignore.${target}`);
mkdirSync(path.dirname(ignoreFile), { recursive: true });
writeFileSync(ignoreFile, `${readFileSync(path.join(root, '.vscodeignore'), 'utf8')}!${runtime}/**\n`);

const { version, name } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const out = path.join(root, 'dist', `${name}-${version}-${target}.vsix`);
node(
  'node_modules/@vscode/vsce/vsce',
  ...['package', '--target', target, '--out', out, '--ignoreFile', ignoreFile],
  // The project has no public address yet: links in README stay as they are.
  ...['--allow-missing-repository', '--no-rewrite-relative-links'],
);
const { size } = statSync(out);
if (size > MOST_BYTES)
  fail(`${out} has ${(size / 1e6).toFixed(1)} MB; at most ${MOST_BYTES / 1e6} MB are allowed.`);
console.log(`${out} (${(size / 1e6).toFixed(1)} MB)`);
