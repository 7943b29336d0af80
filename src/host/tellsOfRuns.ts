const MARK = '/.safety-region';
/** Files of a run whose coming or going changes what the Runs view shows. */
const TELLING = new Set(['run.json', 'summary.json', 'lock']);

/**
 * Whether a file or folder that came or went, at `path` (with '/'), may change the list of runs or a state in it. A run
 * writes thousands of files that say nothing of it.
 */
export function tellsOfRuns(path: string): boolean {
  const at = path.lastIndexOf(MARK);
  if (at < 0) return false;
  const [first, runs, run, file, ...rest] = path.slice(at + 1).split('/');
  if (first !== '.safety-region' || rest.length > 0) return false;
  if (runs === undefined) return true;
  if (runs !== 'runs' || run?.startsWith('.')) return false;
  return file === undefined || TELLING.has(file);
}
