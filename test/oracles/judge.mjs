// `node judge.mjs < texts.json`: the product's phrase matcher on a list of answers; prints a list of labels.
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const phrases = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../src/core/judges/phrases.ts');
const options = { bundle: true, format: 'esm', platform: 'node', write: false, logLevel: 'error' };
const { outputFiles } = await build({ entryPoints: [phrases], ...options });
const code = Buffer.from(outputFiles[0].contents).toString('base64');
const judge = (await import(`data:text/javascript;base64,${code}`)).phrases;
const texts = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(texts.map((text) => judge.judge(text))));
