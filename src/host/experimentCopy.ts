/** The experiment of a run as a file that gives the same run again, from another folder. Pure. */
import path from 'node:path';
import type { ExperimentDataset, Responses } from '../core/run/experiment';
import type { Manifest } from '../core/run/manifest';
import { isInside } from './isInside';

/**
 * Every default is written out, as it was in effect. What lies in `folder` is named relative to it, all else absolutely.
 * @param folder absolute, where the file will be
 * @param note first line, a comment
 * @returns JSON with one comment
 */
export function experimentCopy(
  { experiment, experimentFile }: Pick<Manifest, 'experiment' | 'experimentFile'>,
  folder: string,
  note: string,
): string {
  const toFile = movedFrom(path.dirname(experimentFile), folder);
  const toDirectory = (reference: string): string =>
    /^(embedded|hub):/.test(reference) ? reference : toFile(reference);
  const { responses } = experiment;
  const dataset = (set: ExperimentDataset): object => copyDataset(set, responses, toFile, toDirectory);
  const { encoder } = experiment.similarity;
  const copy = {
    ...experiment,
    model: toDirectory(experiment.model),
    ...(experiment.adapter !== undefined && { adapter: toDirectory(experiment.adapter) }),
    datasets: experiment.datasets.map(dataset),
    utility: experiment.utility && dataset(experiment.utility),
    overRejection: experiment.overRejection && dataset(experiment.overRejection),
    methods: experiment.methods.map((settings) =>
      'control' in settings
        ? { ...settings, control: settings.control && dataset(settings.control) }
        : settings,
    ),
    similarity: { ...experiment.similarity, encoder: encoder === null ? null : toDirectory(encoder) },
  };
  return `// ${note.replace(/\s+/g, ' ')}\n${JSON.stringify(copy, null, 2)}\n`;
}

function copyDataset(
  { path: files, where, responses, ...rest }: ExperimentDataset,
  global: Responses,
  toFile: (reference: string) => string,
  toDirectory: (reference: string) => string,
): object {
  const moved = files.map(toFile);
  // What is the same for all sets is said once. A global 'fixed' is not meant for utility, whose own says so.
  const isGlobal = JSON.stringify(responses) === JSON.stringify(global);
  return {
    ...rest,
    path: moved.length === 1 ? moved[0] : moved,
    ...(rest.adapter !== undefined && { adapter: toDirectory(rest.adapter) }),
    ...(where !== null && { where }),
    ...(isGlobal ? {} : { responses }),
  };
}

/** With '/' on every platform: a backslash would escape in a glob. */
function movedFrom(from: string, to: string): (reference: string) => string {
  return (reference) => {
    const absolute = path.resolve(from, reference);
    return (isInside(to, absolute) ? path.relative(to, absolute) : absolute).replaceAll(path.sep, '/');
  };
}
