import path from 'node:path';
import { inputError } from '../../protocol/errors';
import { isDirectory } from '../../store/models/pathKind';
import { listRuns, type RunOverview } from '../../store/runList';
import { columns } from '../columns';
import type { Command } from '../io';
import { parseCommandLine, onlyPositional } from '../parseCommandLine';

const RUNS = path.join('.safety-region', 'runs');

export const list: Command = {
  name: 'list',
  help: `safety-region list [ROOT] [--json]
Lists runs, newest first. ROOT is a folder of runs, or one that holds ${RUNS} (default: the current one).
--json: an array of {path, name, stamp, state, model, methods, datasets, createdAt, experimentFile, problem}`,

  async run(args, io) {
    const { values, positionals } = parseCommandLine('list', {
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    const given = positionals.length === 0 ? null : onlyPositional('list', 'ROOT', positionals);
    const root = path.resolve(io.cwd, given ?? '.');
    if (!(await isDirectory(root))) {
      throw inputError('runs-not-found', `${root} is not a folder.`, 'Name a folder that holds runs.');
    }
    const inside = path.join(root, RUNS);
    const folder = (await isDirectory(inside)) ? inside : root;
    const runs = await listRuns(folder);
    if (values.json) io.stdout.write(`${JSON.stringify(runs, null, 2)}\n`);
    else
      io.stdout.write(
        runs.length === 0
          ? `No runs in ${folder}; runs are in .safety-region/runs beside their experiment file.\n`
          : `${table(runs)}\n`,
      );
  },
};

function table(runs: readonly RunOverview[]): string {
  const rows = runs.map((run) => [
    run.stamp,
    run.state,
    run.name,
    run.model ?? '-',
    run.methods.join(' '),
    fewNames(run.datasets),
    run.problem ?? run.path,
  ]);
  return columns(['stamp', 'state', 'name', 'model', 'methods', 'datasets', 'folder'], rows);
}

/** Ten ids would push the folder off the screen; --json has them all. */
const fewNames = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 2).join(' ')} and ${names.length - 2} more` : names.join(' ');
