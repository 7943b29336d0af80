/** What a .vsix holds: what runs and what is read on one platform, and nothing else. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { runPlainTests, type PlainTest } from './harness/plainTests';
import type { TestResult } from './run';

const MOST_BYTES = 40e6;
const ROOT = 'extension/';
const RUNTIMES = 'node_modules/onnxruntime-node/bin/napi-v6/';
/** How the binding of a platform names the library that it loads. */
const LIBRARY = /(?:lib)?onnxruntime(?:\.[\d.]*)?\.(?:dll|so|dylib)(?:\.\d+)?(?=\0)/;
const STRAY = [
  /\.map$/,
  /\.tsx?$/,
  /\.tsbuildinfo$/,
  /\.py$/,
  /(^|\/)(test|tests|src|scripts?)\//,
  /(^|\/)\.(?!$)/,
];
const FOLDERS = ['dist', 'docs', 'l10n', 'media', 'native-models', 'node_modules'];
const NEEDED = [
  ...[
    'readme.md',
    'changelog.md',
    'LICENSE.txt',
    'package.json',
    'package.nls.json',
    'dist/ThirdPartyNotices.txt',
  ],
  ...['extension', 'engine', 'lane', 'cli', 'explorer'].map((name) => `dist/${name}.js`),
  ...['config.json', 'model.safetensors', 'tokenizer.json'].map(
    (name) => `native-models/aligned-tiny/${name}`,
  ),
  'native-models/sample/sample.safety-region.json',
];

interface Package {
  readonly file: string;
  /** By path inside the extension's folder. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Such as linux-x64. */
  readonly target: string;
}

const tests: readonly PlainTest<Package>[] = [
  {
    name: 'the package has at most 40 MB',
    run({ file }) {
      const { size } = statSync(file);
      assert.ok(size <= MOST_BYTES, `${size} bytes`);
    },
  },
  {
    name: 'what runs and what is read is in the package, and no sources, source maps or tests',
    run({ files }) {
      const names = [...files.keys()];
      assert.deepEqual(
        NEEDED.filter((name) => !files.has(name)),
        [],
      );
      assert.deepEqual(
        names.filter((name) => STRAY.some((pattern) => pattern.test(name))),
        [],
      );
      const folders = names.filter((name) => name.includes('/')).map((name) => name.split('/')[0]);
      assert.deepEqual([...new Set(folders)].toSorted(), FOLDERS);
    },
  },
  {
    name: 'one platform has its native runtime in the package, with the library that it loads',
    run({ files, target }) {
      const folder = `${RUNTIMES}${target.replace('-', '/')}/`;
      const native = [...files.keys()].filter((name) => name.startsWith(RUNTIMES));
      assert.deepEqual(
        native.filter((name) => !name.startsWith(folder)),
        [],
      );
      const binding = files.get(`${folder}onnxruntime_binding.node`);
      assert.ok(binding, 'there is no binding');
      const library = LIBRARY.exec(Buffer.from(binding).toString('latin1'))?.[0];
      assert.ok(
        native.includes(`${folder}${library ?? ''}`),
        `${String(library)} is not among ${native.join(', ')}`,
      );
    },
  },
  {
    name: 'files that package.json names are in the package',
    run({ files }) {
      const manifest = textOf(files, 'package.json');
      const named = [...manifest.matchAll(/"((?:\.\/|media\/)[^"%]+\.\w+)"/g)].map(([, name = '']) =>
        path.posix.normalize(name),
      );
      assert.ok(named.includes('dist/extension.js') && named.includes('media/icon.png'));
      assert.deepEqual(
        named.filter((name) => !files.has(name)),
        [],
      );
    },
  },
  {
    name: 'links in the texts of the package lead to files of the package, and README shows its pictures',
    run({ files }) {
      const texts = [...files.keys()].filter(
        (name) => name.endsWith('.md') && !name.startsWith('node_modules/'),
      );
      const broken = texts.flatMap((name) =>
        relativeLinks(textOf(files, name))
          .map((link) => path.posix.join(path.posix.dirname(name), link))
          .filter((link) => !files.has(link))
          .map((link) => `${name}: ${link}`),
      );
      assert.deepEqual(broken, []);
      // VS Code's page of an extension loads no picture from a file.
      const pictures = [...textOf(files, 'readme.md').matchAll(/!\[[^\]]*\]\(([^)]{0,30})/g)];
      assert.ok(pictures.length > 0);
      for (const [, source = ''] of pictures) assert.match(source, /^data:image\/png;base64,iVBOR/);
    },
  },
  {
    name: 'models in the package are those of their checksums',
    run({ files }) {
      for (const name of [...files.keys()].filter((file) => file.endsWith('/SHA256SUMS'))) {
        for (const line of textOf(files, name).trim().split('\n')) {
          const [sum, file = ''] = line.split(/\s+/);
          const bytes = files.get(path.posix.join(path.posix.dirname(name), file));
          // Texts that the model's own figures were measured with stay in the repository.
          if (bytes) assert.equal(createHash('sha256').update(bytes).digest('hex'), sum, `${name}: ${file}`);
        }
      }
    },
  },
];

function relativeLinks(markdown: string): string[] {
  const links = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^(#|\w+:)/.test(link)).map((link) => link.replace(/#.*$/, ''));
}

const textOf = (files: Package['files'], name: string): string =>
  strFromU8(files.get(name) ?? new Uint8Array());

function readPackage(file: string): Package {
  const entries = Object.entries(unzipSync(readFileSync(file)));
  const manifest = strFromU8(
    entries.find(([name]) => name === 'extension.vsixmanifest')?.[1] ?? new Uint8Array(),
  );
  return {
    file,
    target: /TargetPlatform="([^"]+)"/.exec(manifest)?.[1] ?? '',
    files: new Map(
      entries.flatMap(([name, bytes]) => (name.startsWith(ROOT) ? [[name.slice(ROOT.length), bytes]] : [])),
    ),
  };
}

/** @param file a .vsix */
export function runPackageTests(file: string): TestResult[] {
  const vsix = readPackage(file);
  return runPlainTests(tests, vsix).map((result) => ({ ...result, name: `${vsix.target}: ${result.name}` }));
}
