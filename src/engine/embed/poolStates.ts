import { inputError } from '../../protocol/errors';

/**
 * One embedding of length 1: the mean over the rows of `states` [tokens, width], or its first row.
 * @throws input error `encoder-output` where a value is not finite
 */
export function poolStates(states: Float32Array, width: number, pooling: 'mean' | 'cls'): Float32Array {
  const tokens = pooling === 'cls' ? 1 : states.length / width;
  const sums = new Float64Array(width);
  for (let row = 0; row < tokens; row++) {
    for (let i = 0; i < width; i++) sums[i] = (sums[i] ?? 0) + (states[row * width + i] ?? 0);
  }
  const length = Math.sqrt(sums.reduce((squares, sum) => squares + sum * sum, 0));
  if (!Number.isFinite(length)) {
    throw inputError(
      'encoder-output',
      'An embedding overflows or is NaN.',
      'Check the weights of the encoder: does it answer in float32?',
    );
  }
  // Of no length, there is no direction: it stays zeros, and counts for nothing in a mean.
  return Float32Array.from(sums, (sum) => (length > 0 ? sum / length : 0));
}
