/** How much of one parameter lies in each region of a run: a header and one tensor are read of each file. */
import { popcount } from '../core/masks/bitset';
import { neuronsOfModule } from '../core/model/neuronModules';
import { parseParamName } from '../core/model/paramNames';
import { ToolError } from '../protocol/errors';
import type { RegionFile, RegionTensor } from './regionFile';
import { openRun } from './runDirectory';
import { openRegion, regionMethods } from './runRegions';

export interface ParameterDensity {
  readonly method: string;
  readonly dataset: string;
  readonly unit: 'weight' | 'neuron' | 'layer';
  /** `lora_A` or `lora_B` where it is of an adapter's factor. */
  readonly part: string | null;
  readonly size: number;
  readonly units: number;
}

const MOST_REGIONS = 200;

/** Regions of neurons name no matrices in older runs. */
const FUSED: ReadonlyMap<string, readonly string[]> = new Map([
  ['qkv_proj', ['q_proj', 'k_proj', 'v_proj']],
  ['gate_up_proj', ['gate_proj', 'up_proj']],
]);

/**
 * @param name as Hugging Face has it; that of a module means its weight
 * @returns in the order of the run's methods and datasets, utility last; empty where no region knows the parameter
 * @throws ToolError those of `openRun` and `RegionFile.open`
 */
export async function parameterDensities(runDir: string, name: string): Promise<ParameterDensity[]> {
  const run = await openRun(runDir);
  const { datasets, utility } = run.manifest.experiment;
  const ids = [...datasets, ...(utility ? [utility] : [])].map(({ id }) => id);
  const pairs = (await regionMethods(run)).flatMap((method) => ids.map((id) => [method, id] as const));
  const found: ParameterDensity[] = [];
  for (const [method, dataset] of pairs.slice(0, MOST_REGIONS)) {
    const region = await openRegion(run, method, dataset).catch((thrown: unknown) => {
      if (thrown instanceof ToolError && thrown.code === 'region-missing') return null;
      throw thrown;
    });
    if (!region) continue;
    try {
      found.push(...(await densitiesIn(region, name)).map((own) => ({ method, dataset, ...own })));
    } finally {
      await region.close();
    }
  }
  return found;
}

type Density = Omit<ParameterDensity, 'method' | 'dataset'>;

async function densitiesIn(region: RegionFile, name: string): Promise<Density[]> {
  const layer = layerOf(name);
  switch (region.payload) {
    case 'weights':
      return countOne(region, [name, `${name}.weight`]);
    case 'lora':
      return countAdapter(region, name);
    case 'neurons': {
      const module =
        name
          .replace(/\.weight$/, '')
          .split('.')
          .at(-1) ?? '';
      const modules = FUSED.get(module) ?? [module];
      const types = new Set(modules.flatMap((own) => neuronsOfModule(own)?.type ?? []));
      const tensors = region.tensors.filter(({ name: own }) =>
        [...types].some((type) => own === `model.layers.${layer ?? ''}.${type}`),
      );
      if (tensors.length === 0 || name.endsWith('.bias')) return [];
      const sizes = await Promise.all(tensors.map((tensor) => sizeOf(region, tensor)));
      return [
        { unit: 'neuron', part: null, size: sum(sizes), units: sum(tensors.map(({ units }) => units)) },
      ];
    }
    case 'layers': {
      const interval = await region.interval();
      if (layer === null) return [];
      const isIn = interval !== null && interval[0] <= layer && layer <= interval[1];
      return [{ unit: 'layer', part: null, size: isIn ? 1 : 0, units: 1 }];
    }
  }
}

async function countOne(region: RegionFile, names: readonly string[]): Promise<Density[]> {
  const tensor = region.tensors.find((own) => names.includes(own.name));
  if (!tensor) return [];
  return [{ unit: 'weight', part: null, size: await sizeOf(region, tensor), units: tensor.units }];
}

/** The factors of a matrix of the base model, or the one that is named. PEFT writes base_model.model. before the name. */
async function countAdapter(region: RegionFile, name: string): Promise<Density[]> {
  const module = name.replace(/\.weight$/, '');
  const wanted = region.tensors.filter(({ name: own }) => {
    const plain = own.replace(/^base_model\.model\./, '');
    return (
      own === name || plain === name || plain === `${module}.weight` || plain.startsWith(`${module}.lora_`)
    );
  });
  return Promise.all(
    wanted.map(async (tensor) => ({
      unit: 'weight' as const,
      part: /\.(lora_[AB])\b/.exec(tensor.name)?.[1] ?? null,
      size: await sizeOf(region, tensor),
      units: tensor.units,
    })),
  );
}

const sizeOf = async (region: RegionFile, { name }: RegionTensor): Promise<number> =>
  popcount(await region.read(name));

const layerOf = (name: string): number | null =>
  (parseParamName(name) ?? parseParamName(`${name}.weight`))?.layer ?? null;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
