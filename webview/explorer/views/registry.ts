/** The only list of tabs, in their order. */
import { convergence } from './convergence';
import { overlap } from './overlap';
import { run } from './run';
import type { View } from './view';

export const VIEWS: readonly View[] = [run, overlap, convergence];

/** The one that a run is opened with. */
export const FIRST_VIEW = overlap.id;
