import type { Experiment } from '../../core/run/experiment';
import { availableMemory } from '../../store/availableMemory';

/** Of what is free, the rest is left to others and to this process itself. */
const MEMORY_SHARE = 0.8;

/** Bytes that the model may take while it answers. */
export const answerMemory = ({ engine: { memoryBudgetMiB } }: Experiment): number =>
  memoryBudgetMiB === null ? availableMemory() * MEMORY_SHARE : memoryBudgetMiB * 2 ** 20;
