/** Which files and folders of a workspace an experiment may name. Pure; paths are absolute. */
import path from 'node:path';

/** Endings of the formats of datasets; a test compares them with the engine's. */
export const DATASET_ENDINGS = [
  ...['.csv', '.tsv', '.json', '.jsonl', '.ndjson', '.txt'],
  ...['.parquet', '.parq', '.pq', '.xlsx'],
];

export const DATASET_GLOB = `**/*.{${DATASET_ENDINGS.map((ending) => ending.slice(1)).join(',')}}`;
export const MODEL_GLOB = '**/{config.json,adapter_config.json,*.safetensors,model.onnx}';
export const NO_DATA = '**/{node_modules,.git,.venv,.vscode,.safety-region,__pycache__}/**';

/** Beside these a JSON or text file is no data: a model, a program. */
const MARKERS = new Set([
  'config.json',
  'adapter_config.json',
  'package.json',
  'tsconfig.json',
  'pyproject.toml',
]);
const NO_DATASET = /(?:\.safety-region\.json|^requirements.*\.txt|^licen[cs]e.*\.txt|^readme.*\.txt)$/i;

/** Relative to the experiment's folder, nearest first. */
export const suggestDatasets = (files: readonly string[], folder: string): string[] =>
  nearestFirst(datasetFiles(files), folder);

/** Those of `files` that may hold data, in their order. */
export function datasetFiles(files: readonly string[]): string[] {
  const marked = new Set(
    files.filter((file) => MARKERS.has(path.basename(file))).map((file) => path.dirname(file)),
  );
  const isData = (file: string): boolean => {
    if (NO_DATASET.test(path.basename(file))) return false;
    return !marked.has(path.dirname(file)) || !/\.(?:json|txt)$/i.test(file);
  };
  return files.filter(isData);
}

/** Folders with weights, told apart by their configuration. */
export function suggestModels(
  files: readonly string[],
  folder: string,
  kind: 'model' | 'adapter' | 'encoder',
): string[] {
  const adapters = foldersOf(files, (name) => name === 'adapter_config.json');
  if (kind === 'adapter') return nearestFirst([...adapters], folder);
  const configured = foldersOf(files, (name) => name === 'config.json');
  const weighted = foldersOf(
    files,
    (name) => name.endsWith('.safetensors') || (kind === 'encoder' && name === 'model.onnx'),
  );
  return nearestFirst(
    [...configured].filter((one) => weighted.has(one) && !adapters.has(one)),
    folder,
  );
}

/** Folders with a config.json that are no adapters, sorted: of models, with weights or without, and of programs. */
export function modelFolders(files: readonly string[]): string[] {
  const adapters = foldersOf(files, (name) => name === 'adapter_config.json');
  return [...foldersOf(files, (name) => name === 'config.json')].filter((one) => !adapters.has(one)).sort();
}

const foldersOf = (files: readonly string[], test: (name: string) => boolean): Set<string> =>
  new Set(files.filter((file) => test(path.basename(file))).map((file) => path.dirname(file)));

/** As an experiment writes it: with slashes on every system. */
function nearestFirst(paths: readonly string[], folder: string): string[] {
  const relative = paths.map((one) => path.relative(folder, one).split(path.sep).join('/') || '.');
  const way = (one: string): number => one.split('/').reduce((sum, part) => sum + (part === '..' ? 2 : 1), 0);
  return [...new Set(relative)].sort((a, b) => way(a) - way(b) || (a < b ? -1 : 1));
}
