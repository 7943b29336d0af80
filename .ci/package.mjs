// `node .ci/package.mjs [TARGET ...]`: a .vsix a platform in dist/, minified, without source maps, at most 40 MB. Targets as
// vsce names them; all five where none is named.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const inRoot = (...parts) => path.join(root, ...parts);
const TARGETS = ['linux-x64', 'linux-arm64', 'win32-x64', 'win32-arm64', 'darwin-arm64'];
const RUNTIMES = 'node_modules/onnxruntime-node/bin/napi-v6';
const GENERATED = 'test/.cache/package';
const MOST_BYTES = 40e6;

const fail = (message) => {
  console.error(message);
  process.exit(1);
};
const node = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) fail(`${args[0]} ended with status ${status}.`);
};

/** VS Code shows a package's README under a policy that loads pictures from https: and data: only. */
function writeReadme() {
  const readme = readFileSync(inRoot('README.md'), 'utf8');
  const inlined = readme.replaceAll(/(!\[[^\]]*\]\()([^):]+\.png)\)/g, (_, start, file) => {
    const data = readFileSync(inRoot(file)).toString('base64');
    return `${start}data:image/png;base64,${data})`;
  });
  writeFileSync(inRoot(GENERATED, 'README.md'), inlined);
}

/** The npm package of the runtime holds the library of macOS twice, and the binding loads it by its short name. */
const SECOND_COPY = /^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/;

/** The allow-list, and the ONNX Runtime of one platform. */
function writeIgnoreFile(target) {
  const runtime = `${RUNTIMES}/${target.replace('-', '/')}`;
  if (!existsSync(inRoot(runtime))) fail(`ONNX Runtime has no build for '${target}' (${runtime} is absent).`);
  const libraries = readdirSync(inRoot(runtime)).filter((name) => !SECOND_COPY.test(name));
  const lines = [
    readFileSync(inRoot('.vscodeignore'), 'utf8').trimEnd(),
    `!${GENERATED}/README.md`,
    ...libraries.map((name) => `!${runtime}/${name}`),
  ];
  const file = inRoot(GENERATED, `vscodeignore.${target}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function pack(target) {
  const { version, name } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const out = inRoot('dist', `${name}-${version}-${target}.vsix`);
  node(
    'node_modules/@vscode/vsce/vsce',
    ...['package', '--target', target, '--out', out, '--ignoreFile', writeIgnoreFile(target)],
    // The project has no public address yet: links in README stay as they are.
    ...[
      '--readme-path',
      `${GENERATED}/README.md`,
      '--allow-missing-repository',
      '--no-rewrite-relative-links',
    ],
  );
  return { target, out, bytes: statSync(out).size };
}

const inMB = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

const asked = process.argv.slice(2);
const unknown = asked.find((target) => !TARGETS.includes(target));
if (unknown !== undefined) fail(`'${unknown}' is no target. There are: ${TARGETS.join(', ')}.`);

mkdirSync(inRoot(GENERATED), { recursive: true });
node('esbuild.mjs', '--production');
node('dist/cli.js', '--write-schema', 'dist');
writeReadme();
const packages = (asked.length > 0 ? asked : TARGETS).map(pack);
for (const { out, bytes } of packages) console.log(`${out} (${inMB(bytes)})`);
const tooLarge = packages.filter(({ bytes }) => bytes > MOST_BYTES);
if (tooLarge.length > 0) {
  fail(`At most ${inMB(MOST_BYTES)} are allowed: ${tooLarge.map(({ target }) => target).join(', ')}.`);
}
