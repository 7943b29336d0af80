/** The only list of tabs, in their order. */
import { adapters } from './adapters';
import { convergence } from './convergence';
import { floors } from './floors';
import { layers } from './layers';
import { masks } from './masks';
import { neurons } from './neurons';
import { overlap } from './overlap';
import { run } from './run';
import { similarity } from './similarity';
import type { View } from './view';

export const VIEWS: readonly View[] = [
  run,
  overlap,
  floors,
  convergence,
  masks,
  similarity,
  layers,
  neurons,
  adapters,
];

/** The one that a run is opened with. */
export const FIRST_VIEW = overlap.id;
