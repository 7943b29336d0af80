import { usageError } from '../../../protocol/errors';
import type { QueryHandler } from './queryHandler';

export const setupChange: QueryHandler<'setupChange'> = async ({ edit }, { setup }) => {
  if (!setup) {
    throw usageError(
      'setup-read-only',
      'The file of this experiment is gone.',
      'Copy the run as an experiment from the Runs view.',
    );
  }
  await setup.change(edit);
  return {};
};
