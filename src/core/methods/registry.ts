import type { MethodInfo, WeightMethod } from './method';
import { nlsr, NLSR_GAUGE_FREE } from './nlsr';
import { safeLayer } from './safeLayer';
import { safeNeuron } from './safeNeuron';
import { snip } from './snip';
import { wanda } from './wanda';

/** Methods that score single weights. */
export const WEIGHT_METHODS: readonly WeightMethod[] = [snip, wanda];

/** The only list of methods; the engine's side of those that score no weights is in its stage registry. */
export const METHODS: readonly MethodInfo[] = [...WEIGHT_METHODS, safeNeuron, safeLayer, nlsr];

export function findMethod(id: string): MethodInfo | undefined {
  return METHODS.find((method) => method.id === id);
}

/** For people; of the gauge-free form of NLSR too, whose regions are in runs beside its own, and of unknown ones. */
export const methodTitle = (id: string): string =>
  id === NLSR_GAUGE_FREE ? 'NLSR (gauge-free)' : (findMethod(id)?.title ?? id);

export function findWeightMethod(id: string): WeightMethod | undefined {
  return WEIGHT_METHODS.find((method) => method.id === id);
}
