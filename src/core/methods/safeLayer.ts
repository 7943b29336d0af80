import type { MethodInfo } from './method';

/**
 * Li et al., "Safety Layers in Aligned Large Language Models: The Key to LLM Security" (ICLR 2025): the contiguous
 * layers where harmful prompts part from harmless ones, bounded by how scaling them changes over-rejection.
 */
export const safeLayer: MethodInfo = {
  id: 'safeLayer',
  title: 'SafeLayer',
  payload: 'layers',
  unit: 'layer',
};
