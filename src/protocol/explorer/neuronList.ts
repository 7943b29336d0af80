/** Query `neuronList`: one page of the neurons of a region, or of all regions. */
import * as z from 'zod/mini';
import { count, shortText } from './checks';
import { contract } from './queryContract';
import { runPlace } from './runPlace';

const whole = z.int().check(z.nonnegative());
const type = z.enum(['q', 'k', 'v', 'o', 'ffn']);

export const MOST_NEURONS = 500;

/** Which neurons: of one region, or of all. */
export const neuronChoice = z.extend(runPlace, {
  /** Neurons of this dataset's region; null: those in the regions of all identification datasets. */
  dataset: z.nullable(shortText),
  /** Without those that the utility set's region has too. */
  outsideUtility: z.boolean(),
  /** Only this layer, only this type; null: any. */
  layer: z.nullable(whole),
  type: z.nullable(type),
});
export type NeuronChoice = z.infer<typeof neuronChoice>;

const params = z.extend(neuronChoice, {
  offset: whole,
  limit: z.int().check(z.positive(), z.maximum(MOST_NEURONS)),
});
export type NeuronListParams = z.infer<typeof params>;

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

const answer = z.object({
  /** Identification datasets. */
  datasets: count,
  /** All that were asked for, whatever the page. */
  total: count,
  /** Of the first one of this page: less than was asked for where there are not so many. */
  offset: count,
  /** By layer, type and index. */
  neurons: z.array(neuron),
});
export type NeuronListAnswer = z.infer<typeof answer>;

export const neuronList = contract(params, answer);
