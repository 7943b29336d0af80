import { neuronList as listOf } from '../../../store/neuronList';
import type { QueryHandler } from './queryHandler';

export const neuronList: QueryHandler<'neuronList'> = async ({ run, ...params }, { runs, signal }) =>
  listOf(await runs.open(run), params, signal);
