// Licences of what is bundled into dist/ and of the native runtime beside it, as their terms ask: ThirdPartyNotices.txt.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|notices?)(\.(md|txt))?$/i;
/** Beside the bundles; its npm packages hold no licence file. */
const RUNTIME = ['onnxruntime-node', 'onnxruntime-common'];
const RUNTIME_LICENCE = `Copyright (c) Microsoft Corporation. MIT License.
Third parties in its binaries: https://github.com/microsoft/onnxruntime/blob/main/ThirdPartyNotices.txt
On Windows: DirectML.dll, Microsoft's licence terms (https://www.nuget.org/packages/Microsoft.AI.DirectML); dxcompiler.dll and
dxil.dll, University of Illinois / NCSA licence (https://github.com/microsoft/DirectXShaderCompiler/blob/main/LICENSE.TXT).`;

/**
 * @param {readonly string[]} inputs files that went into the bundles, as esbuild's metafile names them
 * @returns {string} name, version and licence text of each package
 */
export function thirdPartyNotices(inputs) {
  const folders = inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const bundled = [...new Set(folders)].map((folder) => notice(folder, licenceText(folder)));
  const runtime = RUNTIME.map((name) => notice(`node_modules/${name}`, RUNTIME_LICENCE));
  return [...bundled, ...runtime].toSorted().join(`\n${'-'.repeat(80)}\n\n`);
}

function notice(folder, terms) {
  const { name, version, license, author } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  );
  if (typeof license !== 'string') throw new Error(`${folder} is bundled and names no licence: may it be?`);
  // Some name their licence and hold no text of it.
  const text = terms || `Author: ${author?.name ?? author ?? 'not named'}`;
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}

const licenceText = (folder) =>
  readdirSync(folder)
    .filter((name) => LICENCE_FILE.test(name))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n\n');
