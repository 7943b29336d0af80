import type { ExperimentFields } from '../../core/run/experiment';
import { printLines } from '../../core/run/printJson';

/** An experiment as the text of a new file: indented, what fits on a line stands on one, nothing that is undefined. */
export const experimentText = (experiment: ExperimentFields): string =>
  `${printLines(JSON.parse(JSON.stringify(experiment)) as object, { unit: '  ', eol: '\n' })}\n`;
