/**
 * What unrelated datasets share because |W| is the same for all of them (METHODS 2.4): scores are |W| times what the
 * data say of it, its factor (Wanda: the norm of the input, one a column; SNIP: the mean |dL/dW|, one a weight). Permuting the factors within a
 * module, for each dataset and draw by itself, leaves of two datasets' agreement what |W| alone makes.
 */
import { FamilyCounter, sumFamilyCounts, type FamilyCounts, type SetCounts } from '../masks/familyCounts';
import { jaccard, symmetric } from '../masks/overlapMeasures';
import type { Ratio, RatioMatrix } from '../masks/overlapReport';
import { topCount } from '../selection/fraction';
import { selectFlat, selectRows } from '../selection/selectTop';
import { ThresholdSearch } from '../selection/thresholdSearch';
import { seededRandom, type Random } from './random';
import { hashOf } from './rowSample';

/** Sampled rows of one matrix. */
export interface SampledModule {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** |W|, shape (rows, columns). */
  readonly magnitudes: Float32Array;
}

/** What has a factor of its own: every input (Wanda: a column of all rows), or every weight (SNIP). */
export type FactorOwner = 'input' | 'weight';

export interface SampledSet {
  readonly id: string;
  readonly fraction: number;
  /** Scores of the sampled rows, one array a module. */
  scores(): Promise<readonly Float32Array[]>;
}

export interface MagnitudeFloorInput {
  readonly modules: readonly SampledModule[];
  readonly sets: readonly SampledSet[];
  /** Taken out of every set for the second matrix. */
  readonly utility: SampledSet | null;
  readonly scope: 'row' | 'matrix' | 'model';
  readonly factorsOf: FactorOwner;
  readonly draws: number;
  readonly seed: number;
  /** Between two selections: cancellation. */
  readonly breathe?: () => Promise<void>;
}

export interface MagnitudeFloor {
  /** Mean over the draws, and the standard error of it. */
  readonly floor: RatioMatrix;
  readonly error: RatioMatrix;
  readonly isoFloor: RatioMatrix | null;
  readonly isoError: RatioMatrix | null;
}

export async function magnitudeFloor(input: MagnitudeFloorInput): Promise<MagnitudeFloor> {
  const { modules, sets, utility, factorsOf, draws, breathe } = input;
  const counter = new FamilyCounter(sets.length);
  const places = modules.map((module) => placesOf(module, factorsOf));
  const plain: RatioMatrix[] = [];
  const isolated: RatioMatrix[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const drawn: Uint8Array[][] = [];
    for (const set of [...sets, ...(utility ? [utility] : [])]) {
      drawn.push(
        select(
          input,
          set,
          permuted({ modules, places, factorsOf }, await set.scores(), `${input.seed} ${draw} ${set.id}`),
        ),
      );
      await breathe?.();
    }
    const removed = utility ? drawn.pop() : undefined;
    const parts: FamilyCounts[] = modules.map(({ rows, columns }, m) =>
      counter.count(
        rows * columns,
        drawn.map((of) => of[m] ?? new Uint8Array()),
        removed?.[m] ?? null,
      ),
    );
    const total = sumFamilyCounts(parts);
    plain.push(pairs(total.plain));
    if (total.isolated) isolated.push(pairs(total.isolated));
  }
  const [floor, error] = meanAndError(plain);
  const [isoFloor, isoError] = utility ? meanAndError(isolated) : [null, null];
  return { floor, error, isoFloor, isoError };
}

const pairs = ({ sizes, pairs: both }: SetCounts): RatioMatrix =>
  symmetric(
    sizes.length,
    (a) => (sizes[a] === 0 ? null : 1),
    (a, b) => jaccard(both[a * sizes.length + b] ?? 0, sizes[a] ?? 0, sizes[b] ?? 0),
  );

/** Elements that the factors can be read from: all where |W| is not 0, or one of each column. */
function placesOf({ rows, columns, magnitudes }: SampledModule, owner: FactorOwner): Uint32Array {
  const places = new Uint32Array(owner === 'input' ? columns : magnitudes.length);
  let count = 0;
  if (owner === 'weight') {
    for (let i = 0; i < magnitudes.length; i++) if ((magnitudes[i] as number) > 0) places[count++] = i;
  } else {
    for (let column = 0; column < columns; column++) {
      let i = column;
      while (i < rows * columns && !((magnitudes[i] as number) > 0)) i += columns;
      if (i < rows * columns) places[count++] = i;
    }
  }
  return places.subarray(0, count);
}

/**
 * |W| times the factors in another order. A weight of 0 scores 0 whatever its factor, which its score does not tell:
 * factors change places among the others.
 */
function permuted(
  {
    modules,
    places,
    factorsOf,
  }: {
    readonly modules: readonly SampledModule[];
    readonly places: readonly Uint32Array[];
    readonly factorsOf: FactorOwner;
  },
  scores: readonly Float32Array[],
  drawn: string,
): Float32Array[] {
  return modules.map(({ name, columns, magnitudes }, m) => {
    const [own, at] = [scores[m] ?? new Float32Array(magnitudes.length), places[m] ?? new Uint32Array()];
    const factors = new Float64Array(at.length);
    for (let k = 0; k < at.length; k++) {
      const i = at[k] as number;
      factors[k] = (own[i] as number) / (magnitudes[i] as number);
    }
    shuffle(factors, seededRandom(hashOf(`${drawn} ${name}`)));
    const result = new Float32Array(magnitudes.length);
    for (let k = 0; k < at.length; k++) {
      const place = at[k] as number;
      const factor = factors[k] as number;
      const [first, step] = factorsOf === 'weight' ? [place, magnitudes.length] : [place % columns, columns];
      for (let i = first; i < magnitudes.length; i += step) result[i] = (magnitudes[i] as number) * factor;
    }
    return result;
  });
}

function shuffle(values: Float64Array, random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = values[i] as number;
    values[i] = values[j] as number;
    values[j] = kept;
  }
}

/** Packed bits a module. */
function select(
  { modules, scope }: MagnitudeFloorInput,
  { fraction }: SampledSet,
  scores: readonly Float32Array[],
): Uint8Array[] {
  const bits = scores.map(({ length }) => new Uint8Array(Math.ceil(length / 8)));
  const each = (visit: (of: Float32Array, into: Uint8Array, m: number) => void): void =>
    scores.forEach((of, m) => visit(of, bits[m] ?? new Uint8Array(), m));
  if (scope === 'row') {
    each((of, into, m) => {
      const { rows, columns } = modules[m] ?? { rows: 0, columns: 0 };
      selectRows(of, rows, columns, topCount(fraction, columns), into, 0);
    });
  } else if (scope === 'matrix') {
    each((of, into) => selectFlat(of, topCount(fraction, of.length), into, 0));
  } else {
    const all = scores.reduce((sum, { length }) => sum + length, 0);
    const search = new ThresholdSearch(topCount(fraction, all));
    each((of) => search.countUpper(of));
    each((of) => search.countLower(of));
    each((of, into) => search.mark(of, into, 0));
  }
  return bits;
}

/** Element by element; an element that some draw leaves undefined is null. */
function meanAndError(draws: readonly RatioMatrix[]): [RatioMatrix, RatioMatrix] {
  const size = draws[0]?.length ?? 0;
  const over = (of: (values: readonly number[]) => Ratio): RatioMatrix => {
    const cell = (a: number, b: number): Ratio => {
      const values = draws.map((matrix) => matrix[a]?.[b] ?? null);
      return values.every((value) => value !== null) ? of(values) : null;
    };
    return symmetric(size, (a) => cell(a, a), cell);
  };
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return [
    over(mean),
    over((values) => {
      const centre = mean(values);
      const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
      return values.length < 2 ? null : Math.sqrt(squares / (values.length - 1) / values.length);
    }),
  ];
}
