import { neuronPage } from '../../../store/neuronList';
import type { QueryHandler } from './queryHandler';

export const neuronList: QueryHandler<'neuronList'> = async (params, { runs, signal }) =>
  neuronPage(await runs.neurons(params, signal), params);
