/** Who answers what the page asks: one line a query of `src/protocol/explorer/queries.ts`. */
import type { QueryName } from '../../../protocol/explorer/queries';
import { adapterOverlap } from './adapterOverlap';
import { adapterReports } from './adapterReports';
import { densityGrid } from './densityGrid';
import { convergenceFigures, floorFigures, similarityFigures } from './figures';
import { headDensity } from './headDensity';
import { layerReports } from './layerReports';
import { neuronList } from './neuronList';
import { neuronSizes } from './neuronSizes';
import { overlap } from './overlap';
import type { QueryHandler } from './queryHandler';
import { setupChange } from './setupChange';
import { setupDatasets } from './setupDatasets';
import { setupModels } from './setupModels';
import { setupPreview } from './setupPreview';
import { tileMap } from './tileMap';

export const HANDLERS: { readonly [N in QueryName]: QueryHandler<N> } = {
  adapterOverlap,
  adapterReports,
  convergenceFigures,
  densityGrid,
  floorFigures,
  headDensity,
  layerReports,
  neuronList,
  neuronSizes,
  overlap,
  setupChange,
  setupDatasets,
  setupModels,
  setupPreview,
  similarityFigures,
  tileMap,
};
