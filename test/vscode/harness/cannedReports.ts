/** Reports of methods beside their regions, small enough that every number a view shows of them is known. */
import type { LayerReport } from '../../../src/core/layers/layerReport';
import type { NlsrReport } from '../../../src/engine/nlsr/nlsrReport';
import type { NeuronReportView } from '../../../src/protocol/explorer/neuronSizes';

/** Eight layers whose gap opens at 3 and levels off at 5; the sweep ends at [3, 4]. */
export function cannedLayerReport(dataset: string, utility: string): LayerReport {
  const uh = [0.7, 0.7, 0.69, 0.5, 0.3, 0.25, 0.25, 0.25];
  const degrees = (values: readonly number[]): number[] =>
    values.map((value) => ((Math.acos(value) - Math.acos(0.75)) * 180) / Math.PI);
  const labels = (refuse: number): LayerReport['answers'][number]['labels'] => ({
    comply: 38 - refuse,
    partial: 1,
    refuse,
    broken: 0,
    unread: 1,
  });
  return {
    schemaVersion: 1,
    method: 'safeLayer',
    dataset,
    utility,
    layers: 8,
    angleDefinition: 'paper',
    curves: {
      uu: { mean: Array<number>(8).fill(0.75), sd: Array<number>(8).fill(0.05) },
      uh: { mean: uh, sd: Array<number>(8).fill(0.1) },
    },
    angle: { paper: degrees(uh), code: degrees(uh).map((value) => value + 1) },
    standardError: Array<number>(8).fill(1.5),
    candidate: [3, 5],
    pairs: { uu: [[0, 1]], uh: [[0, 0]] },
    range: null,
    alpha: {
      chosen: 1.1,
      tried: [
        { alpha: 1.05, counts: [10, 10, 12], sd: 1.1547 },
        { alpha: 1.1, counts: [11, 14, 12], sd: 1.5275 },
      ],
      band: [1.25, 1.7],
      outcome: 'reached',
    },
    sweeps: {
      upper: [
        { bound: 4, refused: 14 },
        { bound: 5, refused: 12 },
        { bound: 6, refused: 11 },
      ],
      lower: [
        { bound: 2, refused: 13 },
        { bound: 3, refused: 14 },
        { bound: 4, refused: 9 },
      ],
    },
    items: 40,
    baselineRefused: 8,
    judge: 'phrases',
    agreementWithPhrases: null,
    answers: [
      { interval: null, alpha: 1, labels: labels(8) },
      { interval: [3, 4], alpha: 1.1, labels: labels(14) },
    ],
    interval: [3, 4],
    depth: [0.375, 0.625],
    sppft: [2, 5],
    neighbours: [
      { interval: [2, 4], refused: 13 },
      { interval: [3, 5], refused: 12 },
    ],
    bootstrap: [
      { interval: [3, 4], share: 0.64 },
      { interval: [3, 5], share: 0.36 },
    ],
    control: null,
    noOp: { q: true, k: true, v: false, o: false, gate: false, up: false, down: false },
    scaled: { weights: ['q', 'k', 'v', 'o', 'gate', 'up', 'down'], gains: ['query', 'key'] },
  };
}

/** Two adapted matrices of rank 8, one direction kept of each; a fifth of A's weights and of B's. */
export function cannedAdapterReport(dataset: string): NlsrReport {
  const matrix = { rank: 8, scale: 2, directions: 1, keptA: 1, keptB: 1, gaugeFreeSize: null };
  return {
    schemaVersion: 1,
    method: 'nlsr',
    dataset,
    prompts: 16,
    responseTokens: 202,
    adapter: 'adapters/dpo',
    settings: { mode: 'paper', sparsity: 0.8, rankRule: 'paper', updateFactor: 1.9 },
    sizes: {
      A: { size: 40, universe: 200, density: 0.2 },
      B: { size: 30, universe: 120, density: 0.25 },
      pooled: { size: 70, universe: 320, density: 0.21875 },
    },
    gaugeFree: null,
    modules: [
      {
        param: 'model.layers.0.self_attn.q_proj.weight',
        ...matrix,
        energyA: 0.5,
        energyB: 0.75,
        sizeA: 25,
        sizeB: 20,
        universeA: 100,
        universeB: 60,
      },
      {
        param: 'model.layers.1.self_attn.q_proj.weight',
        ...matrix,
        energyA: 0.25,
        energyB: 0.875,
        sizeA: 15,
        sizeB: 10,
        universeA: 100,
        universeB: 60,
      },
    ],
    warnings: [],
  };
}

/** Sizes by layer of q and ffn, each beside what chance gives. */
export function cannedNeuronReport(
  dataset: string,
  sizes: { readonly q: readonly number[]; readonly ffn: readonly number[] },
): NeuronReportView {
  const ofType = (neurons: number, size: number): NeuronReportView['layers'][number]['types'][string] => ({
    neurons,
    keptPerPrompt: neurons / 8,
    size,
    expectedAtRandom: neurons / 64,
  });
  return {
    schemaVersion: 1,
    dataset,
    settings: { mode: 'paper', keepFraction: 0.125, promptShare: 1, prompts: 2, neededPrompts: 2 },
    layers: sizes.q.map((size, layer) => ({
      layer,
      types: { q: ofType(16, size), ffn: ofType(32, sizes.ffn[layer] ?? 0) },
    })),
  };
}
