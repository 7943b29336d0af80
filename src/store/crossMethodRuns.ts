import { overlapRegions, type RegionSource } from '../core/masks/overlap';
import type { CrossMethodOverlap } from '../core/masks/overlapReport';
import type { MatrixLayout } from '../core/masks/expandMatrix';
import { parseUnitName } from '../core/model/unitNames';
import type { RegionFile } from './regionFile';
import { RegionWeights } from './regionWeights';
import { openRegion } from './runRegions';
import type { RunDirectory } from './runDirectory';

/** One dataset's regions by several methods. */
interface Compared {
  readonly run: RunDirectory;
  readonly dataset: string;
  /** As the report calls it. */
  readonly id: string;
}

/**
 * The methods of each dataset against one another, all in weights: neurons and layers stand for the weights that
 * they are made of, as `export` writes them. One matrix at a time is in memory.
 * @returns null where fewer than two methods can be compared
 */
export async function crossMethodOverlap(
  datasets: readonly Compared[],
  methods: readonly string[],
  signal?: AbortSignal,
): Promise<CrossMethodOverlap | null> {
  const [first] = datasets;
  if (!first || methods.length < 2) return null;
  const byRun = new Map(datasets.map((compared) => [compared.run, compared]));
  const { kept, leftOut } = await comparable([...byRun.values()], methods);
  if (kept.length < 2) return null;
  const result: CrossMethodOverlap = {
    unit: 'weight',
    universe: 0,
    methods: kept,
    leftOut,
    datasets: {},
    notes: [NOTE],
  };
  for (const compared of datasets) {
    const { universe, ...overlap } = await compareDataset(compared, kept, signal);
    result.universe = universe;
    result.datasets[compared.id] = overlap;
  }
  return result;
}

const NOTE =
  'Regions before any subtraction, in weights of the seven projections: a neuron of q, k, v is a row, one of o a ' +
  'column, an ffn neuron a row of gate and up and a column of down; a layer is all seven. Random floors take any set ' +
  'of the same size for equally likely, though sets of rows, columns and layers are coarser.';

/**
 * Methods whose regions are masks of the same matrices as the first one's that are.
 * @param compared one dataset a run: a run has all its regions of a method from one program
 */
async function comparable(
  compared: readonly Compared[],
  methods: readonly string[],
): Promise<{ kept: string[]; leftOut: CrossMethodOverlap['leftOut'] }> {
  const kept: string[] = [];
  const leftOut: CrossMethodOverlap['leftOut'] = [];
  let matrices: string | undefined;
  for (const method of methods) {
    let reason: string | null = null;
    let own = matrices;
    for (const { run, dataset } of compared) {
      const file = await openRegion(run, method, dataset);
      reason ??= reasonAgainst(file, own);
      own ??= matricesText(file.matrices);
      await file.close();
    }
    if (reason === null) {
      kept.push(method);
      matrices = own;
    } else {
      leftOut.push({ method, reason });
    }
  }
  return { kept, leftOut };
}

function reasonAgainst(file: RegionFile, matrices: string | undefined): string | null {
  if (file.payload === 'lora') return 'an adapter pair (A, B) is no set of weights of the model';
  if (file.matrices.length === 0) return 'its region files do not say which matrices they belong to';
  const differs = matrices !== undefined && matricesText(file.matrices) !== matrices;
  return differs ? 'its regions lie in other matrices than those of the first method' : null;
}

const matricesText = (matrices: readonly MatrixLayout[]): string =>
  JSON.stringify(matrices.map(({ name, shape }) => [name, shape]).sort());

async function compareDataset(
  { run, dataset }: Compared,
  methods: readonly string[],
  signal: AbortSignal | undefined,
): Promise<CrossMethodOverlap['datasets'][string] & { universe: number }> {
  const files: RegionFile[] = [];
  try {
    const sources: RegionSource[] = [];
    for (const method of methods) {
      const file = await openRegion(run, method, dataset);
      files.push(file);
      sources.push(weightSource(method, file));
    }
    const { universe, regions, pairwise, overlapCoefficient, baselines } = await overlapRegions(sources, {
      locate: parseUnitName,
      ...(signal && { signal }),
    });
    return {
      universe,
      sizes: regions.map(({ size }) => size),
      pairwise,
      randomPairwise: baselines.randomPairwise,
      overlapCoefficient,
      randomOverlapCoefficient: baselines.randomOverlapCoefficient,
    };
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

function weightSource(method: string, file: RegionFile): RegionSource {
  const weights = RegionWeights.of(file);
  const byName = new Map(weights.matrices.map((matrix) => [matrix.name, matrix]));
  return {
    id: method,
    origin: file.path,
    modules: weights.matrices.map(({ name, shape }) => ({
      name,
      units: shape.reduce((product, size) => product * size, 1),
    })),
    read(name) {
      const matrix = byName.get(name);
      if (!matrix) throw new RangeError(`${file.path} has no ${name}`);
      return weights.bits(matrix);
    },
  };
}
