// Bundles the programs into dist/. `node esbuild.mjs [--production] [--watch]`
import { readFileSync, writeFileSync } from 'node:fs';
import { build, context } from 'esbuild';
import { thirdPartyNotices } from './.ci/notices.mjs';

const production = process.argv.includes('--production');
const shared = {
  bundle: true,
  logLevel: 'warning',
  minify: production,
  sourcemap: production ? false : 'linked',
  // What they say stands in dist/ThirdPartyNotices.txt.
  legalComments: 'none',
  metafile: production,
};
const node = {
  ...shared,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // jsonc-parser's main is UMD, whose inner requires a bundler cannot see; its module entry can be bundled.
  mainFields: ['module', 'main'],
  external: ['vscode', 'onnxruntime-node'],
  define: { TOOL_VERSION: JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).version) },
};
const programs = [
  { ...node, entryPoints: { extension: 'src/host/activate.ts' } },
  { ...node, entryPoints: { engine: 'src/engine/main.ts', lane: 'src/engine/ort/lane.ts' } },
  { ...node, entryPoints: { cli: 'src/cli/main.ts' }, banner: { js: '#!/usr/bin/env node' } },
  {
    ...shared,
    platform: 'browser',
    format: 'iife',
    target: 'chrome120',
    entryPoints: { explorer: 'webview/explorer/main.ts' },
  },
].map((options) => ({ ...options, outdir: 'dist' }));

if (process.argv.includes('--watch')) {
  for (const options of programs) await (await context(options)).watch();
} else {
  const results = await Promise.all(programs.map((options) => build(options)));
  if (production) {
    const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
    writeFileSync('dist/ThirdPartyNotices.txt', thirdPartyNotices(inputs));
  }
}
