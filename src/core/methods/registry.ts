import type { WeightMethod } from './method';
import { snip } from './snip';
import { wanda } from './wanda';

/** The only list of methods. */
export const METHODS: readonly WeightMethod[] = [snip, wanda];

export function findMethod(id: string): WeightMethod | undefined {
  return METHODS.find((method) => method.id === id);
}
