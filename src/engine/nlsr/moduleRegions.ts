import { popcount } from '../../core/masks/bitset';
import type { NlsrSettings } from '../../core/run/experiment';
import type { PassContext } from '../stream/passContext';
import { absProduct } from './adaptedBlock';
import type { LoadedModule, LoraMatrices } from './layerAdapter';
import { directionsKept, extrapolationOf, selectRegion } from './nlsrRules';
import { applyToA, applyToB, projectionOfA, projectionOfB, symmetric } from './projection';

/** What is said of a module in the report; sizes are weights in the region. */
export interface ModuleStats {
  readonly keptA: number;
  readonly energyA: number;
  readonly keptB: number;
  readonly energyB: number;
  readonly sizeA: number;
  readonly sizeB: number;
  /** null where the gauge-free region was not asked for. */
  readonly gaugeFreeSize: number | null;
}

export interface ModuleRegions {
  readonly projected: LoraMatrices;
  readonly bitsA: Uint8Array;
  readonly bitsB: Uint8Array;
  readonly gaugeFreeBits: Uint8Array | null;
  readonly stats: ModuleStats;
}

/** Gets the scores of A and then of B, in memory that is lent for the call. */
export type ScoreSink = (name: string, scores: Float32Array) => Promise<void>;

/**
 * Projects and selects one module for one dataset.
 * @param gram upper triangle of G = Z^T Z, Z = X A^T at the response positions of all samples
 */
export async function moduleRegions(
  { programs, scratch }: Pick<PassContext, 'programs' | 'scratch'>,
  settings: NlsrSettings,
  { module, a, b, space }: LoadedModule,
  gram: Float64Array,
  keepScores: ScoreSink,
): Promise<ModuleRegions> {
  const { rank, rows, inFeatures } = module;
  const { mode, sparsity, rankRule, extrapolation, gaugeFree } = settings;
  const factors = extrapolationOf(mode, extrapolation);
  const full = symmetric(gram, rank);
  const directions = directionsKept(rankRule, sparsity, rank);
  const ofA = projectionOfA(full, directions);
  const ofB = projectionOfB(full, space, directions);
  const projected = { module, a: new Float32Array(a.length), b: new Float32Array(b.length) };
  applyToA(ofA, a, rank, projected.a);
  applyToB(ofB, b, rank, projected.b);

  const select = async (name: string, matrix: Float32Array, factor: number): Promise<Uint8Array> => {
    const scores = scratch.take('lora.scores', matrix.length);
    matrix.forEach((value, index) => (scores[index] = Math.abs(factor * value)));
    await keepScores(name, scores);
    return selectRegion(mode, sparsity, scores);
  };
  const bitsA = await select(module.aName, projected.a, factors.a);
  const bitsB = await select(module.bName, projected.b, factors.b);

  let gaugeFreeBits: Uint8Array | null = null;
  if (gaugeFree) {
    // Y = X dW^T has the right-singular vectors that Z B^T has, so V V^T dW = scale (B P_B) A.
    const left = scratch.take('lora.left', b.length);
    if (rankRule === 'paper') left.set(projected.b);
    else applyToB(projectionOfB(full, space, directionsKept('paper', sparsity, rank)), b, rank, left);
    left.forEach((value, index) => (left[index] = module.scale * value));
    const scores = scratch.take('lora.product', rows * inFeatures);
    const program = await programs.get('lora product', absProduct, { openShapes: true });
    await program.run(
      { left: { data: left, dims: [rows, rank] }, right: { data: a, dims: [rank, inFeatures] } },
      { scores: { data: scores, dims: [rows, inFeatures] } },
    );
    gaugeFreeBits = selectRegion('paper', sparsity, scores);
  }
  const stats = {
    keptA: ofA.kept,
    energyA: ofA.energyShare,
    keptB: ofB.kept,
    energyB: ofB.energyShare,
    sizeA: popcount(bitsA),
    sizeB: popcount(bitsB),
    gaugeFreeSize: gaugeFreeBits && popcount(gaugeFreeBits),
  };
  return { projected, bitsA, bitsB, gaugeFreeBits, stats };
}
