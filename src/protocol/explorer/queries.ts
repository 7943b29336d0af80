/** The only list of what the page may ask; `src/host/explorer/queries/registry.ts` has who answers. */
import type * as z from 'zod/mini';
import { adapterOverlap } from './adapterOverlap';
import { adapterReports } from './adapterReports';
import { densityGrid } from './densityGrid';
import { convergenceFigures, floorFigures, similarityFigures } from './figures';
import { headDensity } from './headDensity';
import { layerReports } from './layerReports';
import { neuronList } from './neuronList';
import { neuronSizes } from './neuronSizes';
import { overlap } from './overlap';
import { checked, type Checked } from './queryContract';
import { setupChange, setupDatasets, setupModels, setupPreview } from './setup';
import { tileMap } from './tileMap';

const QUERIES = {
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
} as const;

export type QueryName = keyof typeof QUERIES;
export type Params<N extends QueryName> = z.infer<(typeof QUERIES)[N]['params']>;
export type Answer<N extends QueryName> = z.infer<(typeof QUERIES)[N]['answer']>;

/** The same, typed so that a name and its schemas belong together. */
const CONTRACTS: {
  readonly [N in QueryName]: {
    readonly params: z.ZodMiniType<Params<N>>;
    readonly answer: z.ZodMiniType<Answer<N>>;
  };
} = QUERIES;

export const isQueryName = (name: string): name is QueryName => Object.hasOwn(QUERIES, name);

export const checkedParams = <N extends QueryName>(name: N, params: unknown): Checked<Params<N>> =>
  checked<Params<N>>(CONTRACTS[name].params, params);

export const checkedAnswer = <N extends QueryName>(name: N, answer: unknown): Checked<Answer<N>> =>
  checked<Answer<N>>(CONTRACTS[name].answer, answer);
