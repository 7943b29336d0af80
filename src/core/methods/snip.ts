import type { WeightMethod } from './method';

/**
 * SNIP: I(W) = mean over samples of |W . dL/dW|, L the mean negative log-likelihood of a sample's response given
 * its prompt (Lee et al. 2019; Wei et al. 2024, eq. 2). |W| is the same for all samples, so it is multiplied once.
 */
export const snip: WeightMethod = {
  id: 'snip',
  title: 'SNIP',
  payload: 'weights',
  unit: 'weight',
  description: 'Weights that the loss of the responses depends on most: |weight * gradient|.',
  needs: ['meanAbsGradient'],
  score: (ops, { weight, meanAbsGradient }) => ops.mul(ops.abs(weight), meanAbsGradient()),
};
