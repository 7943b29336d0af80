import { safeLayer } from '../../../core/methods/safeLayer';
import { layerReport } from '../../../protocol/explorer/layerReports';
import { stageReports } from '../../../store/stageReports';
import type { QueryHandler } from './queryHandler';

export const layerReports: QueryHandler<'layerReports'> = async ({ run }, { runs }) => ({
  reports: await stageReports(await runs.open(run), safeLayer.id, layerReport),
});
