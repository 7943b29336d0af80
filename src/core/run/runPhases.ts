import type { RunPhase } from '../../protocol/engine';
import { findWeightMethod } from '../methods/registry';
import type { Experiment } from './experiment';

type Asked = Pick<Experiment, 'datasets' | 'utility' | 'overRejection' | 'methods'>;

/**
 * What a run of the experiment goes through. Datasets in several groups go through forward to backward once a group, and
 * a method's regions are written before the next method's sweep begins: the order tells what comes first, not what is done.
 */
export function runPhases({ datasets, utility, overRejection, methods }: Asked): RunPhase[] {
  const sets = [...datasets, ...(utility ? [utility] : [])];
  const answers = sets.some(({ responses }) => responses.source === 'model');
  const looksAtPass = methods.some(({ method }) => method !== 'nlsr');
  const backward = methods.some(({ method }) => findWeightMethod(method)?.needs.includes('meanAbsGradient'));
  const sweeps = overRejection !== null && methods.some((of) => 'pairs' in of && of.sweep !== 'none');
  const adapter = methods.some(({ method }) => method === 'nlsr');
  return [
    'preparing',
    ...(answers ? (['answers'] as const) : []),
    ...(looksAtPass ? (['forward'] as const) : []),
    ...(backward ? (['head', 'backward'] as const) : []),
    ...(sweeps ? (['sweep'] as const) : []),
    ...(adapter ? (['adapter'] as const) : []),
    'writing',
  ];
}
