import type { WeightMethod } from './method';

/**
 * Wanda: I_ij = |W_ij| * ||X_:j||_2, X the inputs of the linear map at the response positions of all samples
 * (Sun et al. 2024, eq. 1; Wei et al. 2024). The pooled norm: one root of one sum of squares.
 */
export const wanda: WeightMethod = {
  id: 'wanda',
  title: 'Wanda',
  payload: 'weights',
  unit: 'weight',
  description: 'Large weights on large inputs: |weight| * norm of its input.',
  needs: ['inputSquareSum'],
  score: (ops, { weight, inputSquareSum }) => ops.mul(ops.abs(weight), ops.sqrt(inputSquareSum())),
};
