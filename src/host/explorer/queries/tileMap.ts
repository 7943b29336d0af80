import { tileMap as countTileMap } from '../../../store/tileMap';
import type { QueryHandler } from './queryHandler';

export const tileMap: QueryHandler<'tileMap'> = async (params, { runs, signal }) =>
  countTileMap(await runs.masks.choice(params), params, signal);
