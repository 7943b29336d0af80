// `node generateDriver.mjs < request.json`: bundles generateDriver.ts and runs it in this process.
import { build } from 'esbuild';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const outfile = path.join(here, '..', '.cache', `generateDriver.${process.pid}.cjs`);
await build({
  entryPoints: [path.join(here, 'generateDriver.ts')],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['onnxruntime-node'],
  outfile,
  logLevel: 'error',
});
createRequire(import.meta.url)(outfile);
process.on('exit', () => rmSync(outfile, { force: true }));
