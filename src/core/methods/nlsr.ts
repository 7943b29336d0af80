import type { MethodInfo } from './method';

/**
 * NLSR (Yi et al. 2025): each matrix of a LoRA adapter is projected onto the directions that carry most of its outputs
 * at response positions; the region is where the projected matrix is largest.
 */
export const nlsr: MethodInfo = { id: 'nlsr', title: 'NLSR', payload: 'lora', unit: 'weight' };

/** The same on the product of the two matrices, which no change of their common basis alters. */
export const NLSR_GAUGE_FREE = 'nlsr-gaugefree';
