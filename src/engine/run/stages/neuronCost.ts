import { rankedCount } from '../../../core/methods/safeNeuron';
import { neuronOutputSizes } from '../../neurons/neuronOutputs';
import { BLOCK_ROWS } from '../../neurons/queryKeyGraphs';
import { changedScores, queryKeyBytes } from '../../neurons/queryKeySizes';
import { layerBytes } from '../../stream/layerWeights';
import { batchRows, type PassGroup, type PlannedDataset } from '../../stream/passPlan';
import { SIDE_BY_SIDE } from '../../ort/lanes';
import type { StageCost } from '../methodStage';
import { rankedPerLayer, type NeuronPlan } from './neuronSettings';

/**
 * Multiply-adds of a block that take as long as one changed score, of length x length a neuron. Measured: on two cores
 * 2.9 ns, with SmolLM2-135M and prompts of 48 tokens, whose blocks take 12 ps a multiply-add.
 */
const MULTIPLY_ADDS_PER_SCORE = 240;

/** Rows of a prompt, padded as batches are: what stands behind it has no weight in any sum, nor is it seen. */
export const paddedPrompt = (tokens: number): number => Math.ceil(tokens / BLOCK_ROWS) * BLOCK_ROWS;

/** Padded, of every prompt that is looked at. */
export const promptLengths = ({ prompts }: NeuronPlan, datasets: readonly PlannedDataset[]): number[] =>
  datasets.flatMap(({ dataset }) =>
    dataset.samples.slice(0, prompts).map(({ responseStart }) => paddedPrompt(responseStart)),
  );

/** Units (one row through one block forward) that query and key neurons of a layer take for prompts of these lengths. */
export function changeUnits({ spec, mode, sides }: NeuronPlan, lengths: readonly number[]): number {
  if (sides.length === 0) return 0;
  const changed = lengths.reduce((sum, length) => sum + changedScores(spec, mode, sides, length), 0);
  return (changed * MULTIPLY_ADDS_PER_SCORE) / (layerBytes(spec) / 4);
}

export function neuronCost(plan: NeuronPlan, groups: readonly PassGroup[], keepScores: boolean): StageCost {
  const { spec, mode, types, sides, prompts } = plan;
  const batches = groups.flatMap(({ datasets }) => datasets.flatMap((planned) => planned.batches));
  const datasets = groups.flatMap((group) => group.datasets);
  const lengths = promptLengths(plan, datasets);
  const ranked = rankedPerLayer(plan);
  const outputs = Math.max(
    ...batches.map((batch) => {
      const shape = { batch: batch.samples.length, length: batch.length };
      return Object.values(neuronOutputSizes(spec, mode, types, shape)).reduce((sum, size) => sum + size, 0);
    }),
  );
  // Squares of the inputs of down_proj, and products of context columns, before they are summed.
  const width = Math.max(rankedCount(spec, 'ffn', mode), outputs / Math.max(1, ...batches.map(batchRows)));
  const between = 2 * width * Math.max(...batches.map(batchRows));
  const largestGroup = Math.max(...groups.map((group) => group.datasets.length));
  const scores = keepScores ? prompts * ranked : 0;
  const products = sides.length > 0 ? queryKeyBytes(spec, mode, sides, Math.max(...lengths)) : 0;
  const layerCounts = datasets.length * spec.layers * ranked;
  return {
    passMemoryBytes:
      products + 4 * (SIDE_BY_SIDE * (2 * outputs + between) + scores + 2 * largestGroup * ranked),
    memoryBytes: 16 * spec.layers * ranked,
    // Counts below work/, indices of the region, and the importances where they are kept.
    diskBytes: 4 * (2 * layerCounts + (keepScores ? layerCounts * prompts : 0)),
    units: spec.layers * changeUnits(plan, lengths),
  };
}
