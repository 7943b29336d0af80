import type { AdapterModule, AdapterWeights, PeftAdapter } from '../formats/peft/peftAdapter';
import type { Feeds } from '../ort/runtime';
import { moduleKey } from './adaptedBlock';
import { columnSpace, type ColumnSpace } from './projection';

/** Both matrices of a module, as they are or projected. */
export interface LoraMatrices {
  readonly module: AdapterModule;
  /** (rank, inFeatures) */
  readonly a: Float32Array;
  /** (rows, rank) */
  readonly b: Float32Array;
}

/** A module as the adapter has it, with what its projection needs of it for every dataset. */
export interface LoadedModule extends LoraMatrices {
  readonly space: ColumnSpace;
}

export async function loadLayer(
  adapter: PeftAdapter,
  weights: AdapterWeights,
  layer: number,
): Promise<LoadedModule[]> {
  const loaded: LoadedModule[] = [];
  for (const module of adapter.modules.filter((own) => own.layer === layer)) {
    const { a, b } = await weights.read(module);
    loaded.push({ module, a, b, space: columnSpace(b, module.rank) });
  }
  return loaded;
}

/** Inputs of `adaptedBlock`. @param factor of every module's scale */
export function loraFeeds(matrices: readonly LoraMatrices[], factor: number): Feeds {
  return Object.fromEntries(
    matrices.flatMap(({ module, a, b }) => {
      const key = moduleKey(module);
      return [
        [`loraA.${key}`, { data: a, dims: [module.rank, module.inFeatures] }],
        [`loraB.${key}`, { data: b, dims: [module.rows, module.rank] }],
        [`loraScale.${key}`, { data: Float32Array.of(module.scale * factor), dims: [] }],
      ];
    }),
  );
}
