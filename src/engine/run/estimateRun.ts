import { statfs } from 'node:fs/promises';

import { groupRows, type DecoderSpec } from '../../core/model/decoderSpec';
import { blockCount, replicatesOf, type ReplicateSettings } from '../../core/run/replicates';
import { sampleSize } from '../../core/stats/rowSample';
import type { RunEstimate } from '../../protocol/engine';
import { inputError } from '../../protocol/errors';
import { availableMemory } from '../../store/availableMemory';
import { SIDE_BY_SIDE } from '../ort/lanes';
import { heldLayers, layerBytes } from '../stream/layerWeights';
import { MASK_BYTES, backwardMethods, type MethodRun, type PassLimits } from '../stream/passContext';
import { heldRows, pairBytesPerRow } from '../stream/pairBuffer';
import { batchRows, boundaryBytes, type PassGroup } from '../stream/passPlan';
import { blockBytesPerRow } from './limits';
import type { StageCost } from './methodStage';

/** Node, ONNX Runtime and its compiled graphs, before any weight. Measured: 150 MB; the rest is head-room. */
const PROCESS_BYTES = 250 * 2 ** 20;

/** Reading a tokenizer.json of 262,144 words, 33 MB, takes 455 MB; it is let go before the first layer. */
const TOKENIZER_SHARE = 14;

export interface EstimateInput {
  readonly spec: DecoderSpec;
  /** Of tokenizer.json. */
  readonly tokenizerBytes: number;
  readonly parameters: number;
  readonly groups: readonly PassGroup[];
  readonly methods: readonly MethodRun[];
  readonly limits: PassLimits;
  readonly keepScores: boolean;
  readonly stages: readonly StageCost[];
  /** Regions of parts of the datasets are made as well. */
  readonly replicates: ReplicateSettings | null;
  /** Of the sentence encoder, before the pass; 0 where there is none. */
  readonly encoderBytes: number;
  readonly outDir: string;
}

export async function estimateRun(input: EstimateInput): Promise<RunEstimate> {
  const { groups, parameters } = input;
  const disk = await statfs(input.outDir).catch(() => null);
  return {
    parameters,
    tokens: groups.reduce((sum, { rows }) => sum + rows, 0),
    operations: operations(input),
    memoryBytes: memoryBytes(input),
    diskBytes: diskBytes(input),
    availableMemoryBytes: availableMemory(),
    availableDiskBytes: disk ? disk.bavail * disk.bsize : Number.MAX_SAFE_INTEGER,
    groups: groups.map(({ datasets }) => datasets.map(({ dataset }) => dataset.id)),
  };
}

/** One line for people, before the start. */
export function describeEstimate(estimate: RunEstimate): string {
  const { parameters, tokens, operations, memoryBytes, diskBytes, groups } = estimate;
  const passes = groups.length === 1 ? 'one pass' : `${groups.length} passes`;
  return (
    `${(parameters / 1e6).toFixed(1)} M parameters, ${tokens} tokens, ${(operations / 1e12).toFixed(2)} T operations ` +
    `in ${passes} over the layers; about ${mebibytes(memoryBytes)} of memory and ${mebibytes(diskBytes)} of disk.`
  );
}

/**
 * @param allowMemoryShortage of the machine; the experiment's own budget holds all the same
 * @throws ToolError `memory-over-budget`, `memory-too-small`, `disk-too-small`, each saying how much is missing
 */
export function refuseIfTooLarge(
  estimate: RunEstimate,
  memoryBudgetMiB: number | null,
  allowMemoryShortage = false,
): void {
  const needs = `The run needs about ${mebibytes(estimate.memoryBytes)} of memory and`;
  const overBudget = memoryBudgetMiB === null ? 0 : estimate.memoryBytes - memoryBudgetMiB * 2 ** 20;
  if (overBudget > 0) {
    throw inputError(
      'memory-over-budget',
      `${needs} its experiment allows ${memoryBudgetMiB ?? 0} MiB: ${mebibytes(overBudget)} are missing.`,
      'Raise engine.memoryBudgetMiB, or shorten sampling.maxPromptTokens.',
    );
  }
  const missing = estimate.memoryBytes - estimate.availableMemoryBytes;
  if (missing > 0 && !allowMemoryShortage) {
    throw inputError(
      'memory-too-small',
      `${needs} ${mebibytes(estimate.availableMemoryBytes)} are free: ${mebibytes(missing)} are missing.`,
      'Close other programs, or shorten sampling.maxPromptTokens.',
    );
  }
  if (estimate.diskBytes > estimate.availableDiskBytes) {
    throw inputError(
      'disk-too-small',
      `The run needs about ${mebibytes(estimate.diskBytes)} of disk and ${mebibytes(estimate.availableDiskBytes)} ` +
        `are free: ${mebibytes(estimate.diskBytes - estimate.availableDiskBytes)} are missing.`,
      'Free space, choose another --out, lower engine.diskBudgetMiB (more passes) or sampling.count.',
    );
  }
}

/** One multiply-add is two operations: 2 a weight and row forward, 6 backward (recompute, input, weight gradient). */
function operations({ spec, groups, methods, replicates }: EstimateInput): number {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const weights = (layerBytes(spec) / 4) * spec.layers;
  // Products of weight gradients are taken once more, by block of samples.
  return rows * weights * (backwardMethods(methods).length > 0 ? (replicates ? 10 : 8) : 2);
}

function memoryBytes(input: EstimateInput): number {
  const { spec, tokenizerBytes, groups, methods, limits, stages, replicates, encoderBytes } = input;
  const batches = groups.flatMap(({ datasets }) => datasets.flatMap((planned) => planned.batches));
  const rows = Math.max(...batches.map(batchRows));
  // Scores, probabilities and their gradients; the cap keeps one more and its gradient.
  const matrices = spec.attentionSoftCap === null ? 5 : 7;
  const attention = Math.max(
    ...batches.map(({ samples, length }) => samples.length * spec.heads * length * length * 4 * matrices),
  );
  const largestMember = Math.max(
    ...spec.groups.flatMap((group) => group.members.map((member) => member.rows * group.inFeatures * 4)),
  );
  const hasBackward = backwardMethods(methods).length > 0;
  const datasetRows = Math.max(
    ...groups.flatMap(({ datasets }) =>
      datasets.map((planned) => planned.batches.reduce((sum, batch) => sum + batchRows(batch), 0)),
    ),
  );
  const held = Math.min(datasetRows, Math.max(rows, heldRows(spec)));
  const accumulators = held < datasetRows ? layerBytes(spec) : 0;
  const blocks = replicates ? blockCount(replicates) * layerBytes(spec) : 0;
  const pairs = hasBackward ? held * pairBytesPerRow(spec) + accumulators + blocks : 0;
  const scores = methods.some(({ scope }) => scope === 'matrix') ? SIDE_BY_SIDE * largestMember : 0;
  const chunks = 6 * Math.max(limits.chunkElements, ...spec.groups.map(({ inFeatures }) => inFeatures)) * 4;
  const words = Math.min(spec.vocabSize, limits.headChunkElements / spec.hiddenSize);
  const head = hasBackward
    ? 4 * (limits.headChunkElements + limits.headRows * (7 * spec.hiddenSize + 3 * words))
    : 0;
  const block = SIDE_BY_SIDE * (rows * blockBytesPerRow(spec) + attention);
  const layers = heldLayers(spec) * layerBytes(spec);
  const pass = MASK_BYTES + layers + Math.max(head, pairs + Math.max(block, chunks + scores));
  const observed = stages.reduce((sum, { passMemoryBytes }) => sum + passMemoryBytes, 0);
  const after = Math.max(0, ...stages.map((stage) => stage.memoryBytes));
  return PROCESS_BYTES + Math.max(pass + observed, after, encoderBytes, TOKENIZER_SHARE * tokenizerBytes);
}

function diskBytes({ spec, groups, methods, keepScores, stages, replicates }: EstimateInput): number {
  const hasBackward = backwardMethods(methods).length > 0;
  const boundaries = Math.max(...groups.map(({ rows }) => boundaryBytes(rows, spec, hasBackward)));
  const weights =
    spec.layers * spec.groups.reduce((sum, group) => sum + groupRows(group) * group.inFeatures, 0);
  const datasets = groups.reduce((sum, group) => sum + group.datasets.length, 0);
  const scored = methods.filter(({ scope }) => keepScores || scope === 'model').length;
  const sampled =
    spec.layers *
    spec.groups.reduce(
      (sum, { members, inFeatures }) =>
        sum + members.reduce((rows, member) => rows + sampleSize(member.rows, inFeatures), 0) * inFeatures,
      0,
    );
  const parts = replicates
    ? groups.flatMap((group) => group.datasets.flatMap(({ dataset }) => replicatesOf(dataset, replicates)))
        .length
    : 0;
  const spilled = methods.filter(({ scope }) => scope === 'model').length;
  // Bits are there twice while the per-layer files are joined to regions; and once a method of the largest weights.
  return (
    boundaries +
    datasets * (methods.length * (2 * (weights / 8) + 4 * sampled) + scored * 4 * weights) +
    methods.length * (weights / 8) +
    parts * (methods.length * 2 * (weights / 8) + spilled * 4 * weights) +
    stages.reduce((sum, stage) => sum + stage.diskBytes, 0)
  );
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
