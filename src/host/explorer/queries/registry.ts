/** Who answers what the page asks: one line a query of `src/protocol/explorer/queries.ts`. */
import type { QueryName } from '../../../protocol/explorer/queries';
import { densityGrid } from './densityGrid';
import { headDensity } from './headDensity';
import { overlap } from './overlap';
import type { QueryHandler } from './queryHandler';
import { tileMap } from './tileMap';

export const HANDLERS: { readonly [N in QueryName]: QueryHandler<N> } = {
  overlap,
  densityGrid,
  headDensity,
  tileMap,
};
