import {
  neuronCount,
  neuronsOfRanked,
  rankedCount,
  safeNeuron,
  type NeuronType,
} from '../../../core/methods/safeNeuron';
import { regionMetadata } from '../../../core/model/regionMetadata';
import type { PreparedDataset } from '../../../core/run/sample';
import type { RegionSummary } from '../../../core/run/summary';
import { topCount } from '../../../core/selection/fraction';
import { keptByEnough } from '../../../core/selection/neuronSelection';
import { procedureExpectation } from '../../../core/stats/procedureOverlap';
import { writeFileAtomic } from '../../../store/atomicFile';
import type { RunDirectory } from '../../../store/runDirectory';
import { openSafetensors } from '../../../store/safetensorsFile';
import { writeSafetensors } from '../../../store/writeSafetensors';
import { countsName } from './neuronObserver';
import type { NeuronPlan } from './neuronSettings';

/** Neurons of one type in one layer. */
interface LayerNeurons {
  readonly layer: number;
  readonly type: NeuronType;
  readonly indices: readonly number[];
}

/** Joins the counts of all layers to the region and the report of a dataset. */
export async function writeNeuronRegion(
  run: RunDirectory,
  plan: NeuronPlan,
  dataset: PreparedDataset,
  countsFile: (layer: number) => string,
): Promise<RegionSummary> {
  const found = await allNeurons(plan, dataset, countsFile);
  await writeRegion(run.file('regions', safeNeuron.id, `${dataset.id}.safetensors`), plan, dataset, found);
  const report = reportOf(plan, dataset, found);
  await writeFileAtomic(
    run.file('reports', safeNeuron.id, `${dataset.id}.json`),
    `${JSON.stringify(report, null, 2)}\n`,
  );
  const size = found.reduce((sum, { indices }) => sum + indices.length, 0);
  const universe = found.reduce((sum, { type }) => sum + neuronCount(plan.spec, type), 0);
  return {
    method: safeNeuron.id,
    dataset: dataset.id,
    role: dataset.role,
    requestedFraction: plan.keepFraction,
    scope: null,
    unit: safeNeuron.unit,
    prompts: plan.prompts,
    settings: settingsOf(plan),
    size,
    universe,
    density: size / universe,
  };
}

/** The region of a part of a dataset's prompts; `plan` is of the part. */
export async function writeNeuronReplicate(
  run: RunDirectory,
  plan: NeuronPlan,
  part: PreparedDataset,
  countsFile: (layer: number) => string,
): Promise<void> {
  const found = await allNeurons(plan, part, countsFile);
  await writeRegion(run.file('replicates', safeNeuron.id, `${part.id}.safetensors`), plan, part, found);
}

async function allNeurons(
  plan: NeuronPlan,
  dataset: PreparedDataset,
  countsFile: (layer: number) => string,
): Promise<LayerNeurons[]> {
  const found: LayerNeurons[] = [];
  for (let layer = 0; layer < plan.spec.layers; layer++) {
    found.push(...(await layerNeurons(plan, dataset, layer, countsFile(layer))));
  }
  return found;
}

/** Every setting in effect: what the experiment left out too. */
function settingsOf(plan: NeuronPlan): Record<string, unknown> {
  const { mode, keepFraction, promptShare, excludeBos, types, prompts, neededPrompts, spec } = plan;
  return {
    mode,
    keepFraction,
    promptShare,
    projections: types,
    excludeBos,
    prompts,
    neededPrompts,
    ...(mode === 'code' && spec.heads > spec.kvHeads
      ? { keyValueRows: 'as released: floor(i / repeat)' }
      : {}),
  };
}

async function layerNeurons(
  plan: NeuronPlan,
  dataset: PreparedDataset,
  layer: number,
  countsFile: string,
): Promise<LayerNeurons[]> {
  const { spec, mode, types, neededPrompts } = plan;
  const file = await openSafetensors(countsFile);
  try {
    const list: LayerNeurons[] = [];
    for (const type of types) {
      const counts = new Int32Array(rankedCount(spec, type, mode));
      await file.readBytes(countsName(dataset.id, type), new Uint8Array(counts.buffer));
      const ranked = keptByEnough(counts, neededPrompts);
      list.push({ layer, type, indices: neuronsOfRanked(spec, type, mode, ranked) });
    }
    return list;
  } finally {
    await file.close();
  }
}

async function writeRegion(
  file: string,
  plan: NeuronPlan,
  dataset: PreparedDataset,
  found: readonly LayerNeurons[],
): Promise<void> {
  const { spec, mode, keepFraction, promptShare, excludeBos, prompts } = plan;
  const name = ({ layer, type }: LayerNeurons): string => `model.layers.${layer}.${type}`;
  await writeSafetensors(
    file,
    found.map((neurons) => ({
      name: name(neurons),
      indices: neurons.indices,
      dtype: 'I32',
      shape: [neurons.indices.length],
    })),
    ({ indices }) => new Uint8Array(Int32Array.from(indices).buffer),
    {
      payload: safeNeuron.payload,
      method: safeNeuron.id,
      dataset: dataset.id,
      mode,
      keepFraction: String(keepFraction),
      promptShare: String(promptShare),
      excludeBos: String(excludeBos),
      prompts: String(prompts),
      counts: JSON.stringify(
        Object.fromEntries(found.map((neurons) => [name(neurons), neuronCount(spec, neurons.type)])),
      ),
      ...regionMetadata(spec),
    },
  );
}

interface TypeReport {
  readonly neurons: number;
  readonly keptPerPrompt: number;
  readonly size: number;
  /** Had every prompt kept its neurons at random. */
  readonly expectedAtRandom: number;
}

function reportOf(
  plan: NeuronPlan,
  dataset: PreparedDataset,
  found: readonly LayerNeurons[],
): Record<string, unknown> {
  const { spec, mode, keepFraction, prompts, neededPrompts } = plan;
  const typeReport = ({ type, indices }: LayerNeurons): TypeReport => {
    const ranked = rankedCount(spec, type, mode);
    const neurons = neuronCount(spec, type);
    const keptOf = (entries: number): number => topCount(keepFraction, entries);
    // In mode `code` a row of k or v stands in the ranked list once for each query head: any of them is enough.
    const { sizes } = procedureExpectation(
      [{ units: neurons, ranked }],
      [{ prompts, needed: neededPrompts, keptOf }],
    );
    return {
      neurons,
      keptPerPrompt: keptOf(ranked),
      size: indices.length,
      expectedAtRandom: sizes[0] ?? 0,
    };
  };
  return {
    schemaVersion: 1,
    method: safeNeuron.id,
    dataset: dataset.id,
    settings: settingsOf(plan),
    layers: Array.from({ length: spec.layers }, (_, layer) => ({
      layer,
      types: Object.fromEntries(
        found
          .filter((neurons) => neurons.layer === layer)
          .map((neurons) => [neurons.type, typeReport(neurons)]),
      ),
    })),
  };
}
