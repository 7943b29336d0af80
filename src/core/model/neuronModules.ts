import type { NeuronType } from './unitNames';

export interface NeuronsOfModule {
  readonly type: NeuronType;
  readonly axis: 'row' | 'column';
}

const NEURONS_OF: Readonly<Record<string, NeuronsOfModule>> = {
  q_proj: { type: 'q', axis: 'row' },
  k_proj: { type: 'k', axis: 'row' },
  v_proj: { type: 'v', axis: 'row' },
  o_proj: { type: 'o', axis: 'column' },
  gate_proj: { type: 'ffn', axis: 'row' },
  up_proj: { type: 'ffn', axis: 'row' },
  down_proj: { type: 'ffn', axis: 'column' },
};

/**
 * Neuron k of a type is row k, or column k, of a canonical module; ffn k is row k of gate and up, column k of down.
 * undefined for a module without neurons.
 */
export const neuronsOfModule = (module: string): NeuronsOfModule | undefined =>
  Object.hasOwn(NEURONS_OF, module) ? NEURONS_OF[module] : undefined;
