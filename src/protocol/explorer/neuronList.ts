/** Query `neuronList`: one page of the neurons of a region, or of all regions. */
import * as z from 'zod/mini';

const count = z.int().check(z.nonnegative());
const type = z.enum(['q', 'k', 'v', 'o', 'ffn']);

export const MOST_NEURONS = 500;

export const neuronListParams = z.object({
  /** Neurons of this dataset's region; null: those in the regions of all identification datasets. */
  dataset: z.nullable(z.string()),
  /** Without those that the utility set's region has too. */
  outsideUtility: z.boolean(),
  /** Only this layer, only this type; null: any. */
  layer: z.nullable(count),
  type: z.nullable(type),
  offset: count,
  limit: z.int().check(z.positive(), z.maximum(MOST_NEURONS)),
});
export type NeuronListParams = z.infer<typeof neuronListParams>;

const neuron = z.object({
  layer: count,
  type,
  index: count,
  /** Identification datasets whose region has it. */
  heldBy: count,
  /** Rows and columns of the model's matrices that it consists of; empty where the region's file does not say. */
  places: z.array(z.object({ name: z.string(), axis: z.enum(['row', 'column']), index: count })),
});
export type NeuronRow = z.infer<typeof neuron>;

export const neuronListAnswer = z.object({
  /** Identification datasets. */
  datasets: count,
  /** All that were asked for, whatever the page. */
  total: count,
  /** By layer, type and index. */
  neurons: z.array(neuron),
});
export type NeuronListAnswer = z.infer<typeof neuronListAnswer>;
