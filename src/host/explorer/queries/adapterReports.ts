import { nlsr } from '../../../core/methods/nlsr';
import { adapterReport } from '../../../protocol/explorer/adapterReports';
import { stageReports } from '../../../store/stageReports';
import type { QueryHandler } from './queryHandler';

export const adapterReports: QueryHandler<'adapterReports'> = async ({ run }, { runs }) => ({
  reports: await stageReports(await runs.open(run), nlsr.id, adapterReport),
});
