import { safeNeuron } from '../../../core/methods/safeNeuron';
import { neuronReport } from '../../../protocol/explorer/neuronSizes';
import { stageReports } from '../../../store/stageReports';
import type { QueryHandler } from './queryHandler';

export const neuronSizes: QueryHandler<'neuronSizes'> = async ({ run }, { runs }) => ({
  reports: await stageReports(await runs.open(run), safeNeuron.id, neuronReport),
});
