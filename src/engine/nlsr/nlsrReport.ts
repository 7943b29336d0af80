import type { NlsrSettings } from '../../core/run/experiment';
import type { PreparedDataset } from '../../core/run/sample';
import type { AdapterModule } from '../formats/peft/peftAdapter';
import { responsePositions } from '../stream/passPlan';
import type { ModuleStats } from './moduleRegions';
import { directionsKept, extrapolationOf } from './nlsrRules';

interface Size {
  readonly size: number;
  readonly universe: number;
  /** size / universe */
  readonly density: number;
}

/** reports/nlsr/<dataset>.json */
export interface NlsrReport {
  readonly schemaVersion: 1;
  readonly method: 'nlsr';
  readonly dataset: string;
  readonly prompts: number;
  /** Rows that the Gram matrices are sums over. */
  readonly responseTokens: number;
  readonly adapter: string;
  /** The settings, and what they come to. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sizes: { readonly A: Size; readonly B: Size; readonly pooled: Size };
  readonly gaugeFree: Size | null;
  readonly modules: readonly (ModuleStats & {
    readonly param: string;
    readonly rank: number;
    readonly scale: number;
    readonly directions: number;
    readonly universeA: number;
    readonly universeB: number;
  })[];
  readonly warnings: readonly string[];
}

export interface ReportInput {
  readonly settings: NlsrSettings;
  readonly dataset: PreparedDataset;
  readonly adapter: string;
  readonly modules: readonly AdapterModule[];
  readonly stats: readonly ModuleStats[];
  readonly warnings: readonly string[];
}

/** What is in effect, beside what the experiment says. */
export function settingsInEffect(settings: NlsrSettings, adapter: string): Record<string, unknown> {
  const { mode, sparsity, blocks, rankRule, extrapolation, gaugeFree } = settings;
  const factors = extrapolationOf(mode, extrapolation);
  return {
    mode,
    sparsity,
    blocks,
    rankRule,
    extrapolation,
    updateFactor: factors.a * factors.b * factors.scale,
    selection: mode === 'paper' ? 'top floor(n (1 - sparsity))' : 'above the value at int(n sparsity)',
    gaugeFree,
    adapter,
  };
}

export function nlsrReport(input: ReportInput): NlsrReport {
  const { settings, dataset, adapter, modules, stats, warnings } = input;
  const rows = modules.map((module, index) => ({ module, own: stats[index] }));
  const sum = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((n, row) => n + of(row), 0);
  const A = sized(
    sum(({ own }) => own?.sizeA ?? 0),
    sum(({ module }) => module.rank * module.inFeatures),
  );
  const B = sized(
    sum(({ own }) => own?.sizeB ?? 0),
    sum(({ module }) => module.rank * module.rows),
  );
  return {
    schemaVersion: 1,
    method: 'nlsr',
    dataset: dataset.id,
    prompts: dataset.samples.length,
    responseTokens: dataset.samples.reduce((n, sample) => n + responsePositions(sample).length, 0),
    adapter,
    settings: settingsInEffect(settings, adapter),
    sizes: { A, B, pooled: sized(A.size + B.size, A.universe + B.universe) },
    gaugeFree: settings.gaugeFree
      ? sized(
          sum(({ own }) => own?.gaugeFreeSize ?? 0),
          sum(({ module }) => module.rows * module.inFeatures),
        )
      : null,
    modules: rows.flatMap(({ module, own }) =>
      own
        ? [
            {
              param: module.param,
              rank: module.rank,
              scale: module.scale,
              directions: directionsKept(settings.rankRule, settings.sparsity, module.rank),
              ...own,
              universeA: module.rank * module.inFeatures,
              universeB: module.rank * module.rows,
            },
          ]
        : [],
    ),
    warnings,
  };
}

const sized = (size: number, universe: number): Size => ({ size, universe, density: size / universe });

/** What a reader of the region must know. */
export function findingsOf(
  settings: NlsrSettings,
  id: string,
  modules: readonly AdapterModule[],
  stats: readonly ModuleStats[],
): string[] {
  const { rankRule, sparsity } = settings;
  const wanted = (module: AdapterModule): number => directionsKept(rankRule, sparsity, module.rank);
  const short = modules.filter((module, index) => {
    const own = stats[index];
    return own && (own.keptA < wanted(module) || (own.keptB < wanted(module) && own.keptB > 0));
  });
  const zero = modules.filter((_, index) => stats[index]?.keptB === 0);
  const isEmpty = stats.every(({ sizeA, sizeB }) => sizeA + sizeB === 0);
  return [
    ...(isEmpty
      ? [`${id}: a sparsity of ${sparsity} leaves nlsr not a single weight; overlaps with it say nothing.`]
      : []),
    ...(short.length > 0
      ? [
          `${id}: ${count(short)} of nlsr have fewer directions in the data than the rank to keep; all there are were kept.`,
        ]
      : []),
    ...(zero.length > 0
      ? [
          `${id}: ${count(zero)} of nlsr have outputs of zero (is the adapter trained?); their region of B says nothing.`,
        ]
      : []),
  ];
}

const count = (modules: readonly AdapterModule[]): string =>
  `${modules.length} module${modules.length === 1 ? '' : 's'} (${modules[0]?.param ?? ''} first)`;
