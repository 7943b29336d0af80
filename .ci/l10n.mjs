// `node .ci/l10n.mjs [--check]`: writes l10n/bundle.l10n.json, the strings that host and webview show, from their sources
// (first argument of `l10n.t`, and of `t` in the page and in figures). --check writes nothing and says what is missing: there, in
// package.nls.json, and in each translation. Not @vscode/l10n-dev, which brings a client of a translation service.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const BUNDLE = 'l10n/bundle.l10n.json';
const isCheck = process.argv.includes('--check');
const problems = [];

const read = (file) => readFileSync(path.join(root, file), 'utf8');
const readJson = (file) => JSON.parse(read(file));

/** Every string that is given to a translator in these files. */
function stringsOf(folder) {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => stringsIn(path.posix.join(folder, file.replaceAll('\\', '/'))));
}

function stringsIn(file) {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && isTranslator(node.expression)) {
      const [message] = node.arguments;
      if (message && ts.isStringLiteralLike(message)) found.push(message.text);
      else if (!isForwarded(message)) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        problems.push(`${file}:${line + 1}: a string to translate is a literal, so that translators get it.`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const isTranslator = (callee) =>
  (ts.isIdentifier(callee) && callee.text === 't') ||
  (ts.isPropertyAccessExpression(callee) &&
    callee.name.text === 't' &&
    /l10n$/.test(callee.expression.getText()));

/** Inside a translator itself. */
const isForwarded = (argument) => argument && ts.isIdentifier(argument) && argument.text === 'message';

/** Both ways, so that no text of long ago is translated again and again. */
function sameKeys(wanted, file) {
  const held = Object.keys(readJson(file));
  for (const key of wanted) if (!held.includes(key)) problems.push(`${file} lacks: ${key}`);
  for (const key of held) if (!wanted.includes(key)) problems.push(`${file} has what nothing shows: ${key}`);
}

/** Placeholders, links and settings must come through a translation as they are. */
function sameParts(original, file) {
  for (const [key, text] of Object.entries(readJson(file))) {
    const parts = (of) =>
      (of.match(/\{\d+\}|\]\(command:[^)]*\)|#[\w.]+#|\$\([\w-]+\)/g) ?? []).toSorted().join(' ');
    if (original[key] !== undefined && parts(original[key]) !== parts(text)) {
      problems.push(`${file}: '${key}' is to hold ${parts(original[key]) || 'no placeholder'}.`);
    }
  }
}

const strings = [
  ...new Set(['src/core/report', 'src/host', 'webview/explorer'].flatMap(stringsOf)),
].toSorted();
const bundle = Object.fromEntries(strings.map((text) => [text, text]));
if (!isCheck) writeFileSync(path.join(root, BUNDLE), `${JSON.stringify(bundle, null, 2)}\n`);
sameKeys(strings, BUNDLE);

const keys = [...new Set([...read('package.json').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key))];
sameKeys(keys, 'package.nls.json');

for (const file of readdirSync(path.join(root, 'l10n')).filter((name) =>
  /^bundle\.l10n\.\w+\.json$/.test(name),
)) {
  sameKeys(strings, `l10n/${file}`);
  sameParts(bundle, `l10n/${file}`);
}
for (const file of readdirSync(root).filter((name) => /^package\.nls\.\w+\.json$/.test(name))) {
  sameKeys(keys, file);
  sameParts(readJson('package.nls.json'), file);
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error('`node .ci/l10n.mjs` writes the English bundle; translations are written by hand.');
  process.exitCode = 1;
}
