/** The neurons of stored regions, a page at a time, with the sets that they are in. */
import { andNot, popcount, unitsOf } from '../core/masks/bitset';
import { neuronPlaces } from '../core/masks/neuronPlaces';
import { safeNeuron } from '../core/methods/safeNeuron';
import { NEURON_TYPES, parseNeuronName, type NeuronType } from '../core/model/unitNames';
import { cancelledError, inputError, usageError } from '../protocol/errors';
import type { NeuronListAnswer, NeuronListParams, NeuronRow } from '../protocol/explorer/neuronList';
import type { RegionFile, RegionTensor } from './regionFile';
import type { RunDirectory } from './runDirectory';
import { openRegion } from './runRegions';

/**
 * @throws usage error `dataset-unknown`; input errors `regions-differ` where regions are not of one model, and those of
 * `openRegion`; cancelled
 */
export async function neuronList(
  run: RunDirectory,
  params: NeuronListParams,
  signal: AbortSignal,
): Promise<NeuronListAnswer> {
  const { datasets, utility } = run.manifest.experiment;
  const ids = datasets.map(({ id }) => id);
  const opened = new Map<string, RegionFile>();
  try {
    for (const id of [...ids, ...(utility ? [utility.id] : [])]) {
      opened.set(id, await openRegion(run, safeNeuron.id, id));
    }
    const chosen = params.dataset === null ? ids : [params.dataset];
    const unknown = chosen.find((id) => !opened.has(id));
    if (unknown !== undefined) {
      throw usageError(
        'dataset-unknown',
        `The run has no dataset '${unknown}'.`,
        `Name one of: ${ids.join(', ')}.`,
      );
    }
    const removed = params.outsideUtility && utility ? utility.id : null;
    return await page(new NeuronSets(opened), { ...params, ids, chosen, removed }, signal);
  } finally {
    for (const file of opened.values()) await file.close();
  }
}

interface Choice extends Pick<NeuronListParams, 'layer' | 'type' | 'offset' | 'limit'> {
  readonly ids: readonly string[];
  /** A neuron is in the regions of all of these, */
  readonly chosen: readonly string[];
  /** and not in this one's. */
  readonly removed: string | null;
}

async function page(
  sets: NeuronSets,
  { ids, chosen, removed, layer, type, offset, limit }: Choice,
  signal: AbortSignal,
): Promise<NeuronListAnswer> {
  const neurons: NeuronRow[] = [];
  let total = 0;
  for (const part of sets.parts) {
    if ((layer !== null && part.layer !== layer) || (type !== null && part.type !== type)) continue;
    if (signal.aborted) throw cancelledError();
    const found = await sets.chosen(part, chosen, removed);
    const before = total;
    total += popcount(found);
    if (total <= offset || neurons.length >= limit) continue;
    const first = Math.max(0, offset - before);
    const indices = unitsOf(found).slice(first, first + limit - neurons.length);
    const all = await Promise.all(ids.map((id) => sets.bits(part, id)));
    for (const index of indices) {
      neurons.push({
        layer: part.layer,
        type: part.type,
        index,
        heldBy: all.filter((bits) => isIn(bits, index)).length,
        places: neuronPlaces(sets.matrices, { ...part, index }),
      });
    }
  }
  return { datasets: ids.length, total, neurons };
}

const isIn = (bits: Uint8Array, index: number): boolean =>
  (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;

/** Neurons of one type in one layer. */
interface Part {
  readonly layer: number;
  readonly type: NeuronType;
  readonly tensor: RegionTensor;
}

class NeuronSets {
  /** By layer and type. */
  readonly parts: readonly Part[];
  readonly matrices: RegionFile['matrices'];

  constructor(private readonly files: ReadonlyMap<string, RegionFile>) {
    const [first] = files.values();
    this.matrices = first?.matrices ?? [];
    this.parts = (first?.tensors ?? [])
      .flatMap((tensor) => {
        const at = parseNeuronName(tensor.name);
        return at ? [{ ...at, tensor }] : [];
      })
      .sort((a, b) => a.layer - b.layer || NEURON_TYPES.indexOf(a.type) - NEURON_TYPES.indexOf(b.type));
  }

  async bits({ tensor: { name, units } }: Part, id: string): Promise<Uint8Array> {
    const file = this.files.get(id);
    if (file?.tensors.find((own) => own.name === name)?.units === units) return file.read(name);
    throw inputError(
      'regions-differ',
      `${file?.path ?? id} does not have the ${units} neurons of ${name} that the first region has.`,
      'Restore the file, or run the experiment again.',
    );
  }

  async chosen(part: Part, ids: readonly string[], removed: string | null): Promise<Uint8Array> {
    const [first, ...others] = await Promise.all(ids.map((id) => this.bits(part, id)));
    const common = (first ?? new Uint8Array()).slice();
    for (const other of others) common.forEach((byte, i) => (common[i] = byte & (other[i] ?? 0)));
    return removed === null ? common : andNot(common, await this.bits(part, removed));
  }
}
