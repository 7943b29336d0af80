import type { DecoderSpec } from '../../core/model/decoderSpec';
import { planGeneration } from '../generate/generationPlan';
import { paddedLength } from '../generate/prefill';
import { askedDrafts, type DraftDataset } from '../prepare/promptQueue';
import { layerBytes } from '../stream/layerWeights';
import { ProgressTracker } from '../stream/progressTracker';

/** Start of the process, hashes, graphs. */
const FIXED_SECONDS = 2;
/** To read a weight and make it float32, and to select from a score: from SmolLM2-135M and Llama-3-8B's shape. */
const READ_SECONDS = 8e-9;
const SELECT_SECONDS = 4e-9;
/** A decoded token in rows of a forward pass: it is bound by memory, not by products (docs/benchmarks.md, generate). */
const DECODED_ROWS = 3.5;

export interface Work {
  readonly spec: DecoderSpec;
  /** Of all groups, padding included. */
  readonly rows: number;
  readonly groups: number;
  readonly hasBackward: boolean;
  /** Regions of parts of the samples are made as well. */
  readonly hasReplicates: boolean;
  /** Regions of single weights: datasets times methods. */
  readonly selections: number;
  /** Of stages; one unit is one row through one block forward. */
  readonly stageUnits: number;
  readonly answers: AnswerWork;
}

export interface AnswerWork {
  /** Through all layers, forward. */
  readonly rows: number;
  /** How often all weights are read. */
  readonly sweeps: number;
}

/**
 * How long a run may take: its products at the speed that was just measured, and its weights read and selected from. A
 * guide to whether to wait or to come back tomorrow, not a promise.
 * @param speed operations a second
 */
export function estimateSeconds(work: Work, speed: number): number {
  const { spec, rows, groups, hasBackward, hasReplicates, selections, stageUnits, answers } = work;
  const layerWeights = layerBytes(spec) / 4;
  const passUnits = ProgressTracker.totalUnits(rows, spec.layers, hasBackward);
  const units = passUnits * (hasReplicates ? 1.25 : 1) + stageUnits + answers.rows * spec.layers;
  const reads = groups * (hasBackward ? 2 : 1) + answers.sweeps;
  return (
    FIXED_SECONDS +
    (2 * units * layerWeights) / speed +
    spec.layers * layerWeights * (reads * READ_SECONDS + selections * SELECT_SECONDS)
  );
}

/** What the model's own answers take: as many as there are samples, each as long as may be. */
export function answerWork(
  datasets: readonly DraftDataset[],
  spec: DecoderSpec,
  memoryBudgetBytes: number,
): AnswerWork {
  const asked = askedDrafts(datasets).flatMap(({ samples }) => samples);
  if (asked.length === 0) return { rows: 0, sweeps: 0 };
  const prompts = asked.map(({ responseStart }) => responseStart);
  const answers = asked.map(({ tokenIds, responseStart }) => tokenIds.length - responseStart);
  const [longest, steps] = [Math.max(...prompts), Math.max(...answers)];
  const { resident, slots } = planGeneration(
    spec,
    { prompts: asked.length, capacity: longest + steps, longestPrompt: paddedLength(longest) },
    memoryBudgetBytes,
  );
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    rows: sum(prompts) + DECODED_ROWS * sum(answers),
    sweeps: resident ? 1 : steps * Math.ceil(asked.length / slots),
  };
}
