/** The neurons of stored regions, with the sets that they are in: a page at a time, or all of them as CSV. */
import { setImmediate } from 'node:timers/promises';
import { andNot, unitsOf } from '../core/masks/bitset';
import { neuronPlaces } from '../core/masks/neuronPlaces';
import { safeNeuron } from '../core/methods/safeNeuron';
import { NEURON_TYPES, parseNeuronName, type NeuronType } from '../core/model/unitNames';
import { neuronsTable } from '../core/report/neuronsTable';
import { linesCsv, tableCsv } from '../core/report/tableCsv';
import { cancelledError, inputError, usageError } from '../protocol/errors';
import type {
  NeuronChoice,
  NeuronListAnswer,
  NeuronListParams,
  NeuronRow,
} from '../protocol/explorer/neuronList';
import type { RegionFile, RegionTensor } from './regionFile';
import type { RunDirectory } from './runDirectory';
import { openRegion } from './runRegions';

/** Neurons that were asked for, of the whole model. */
export interface NeuronSelection {
  /** Identification datasets. */
  readonly datasets: number;
  /** By layer and type. */
  readonly parts: readonly SelectedPart[];
  readonly matrices: RegionFile['matrices'];
}

interface SelectedPart {
  readonly layer: number;
  readonly type: NeuronType;
  /** Ascending. */
  readonly indices: readonly number[];
  /** Identification datasets whose region has each of them. */
  readonly heldBy: readonly number[];
}

/**
 * Reads the regions of all datasets once.
 *
 * @throws usage error `dataset-unknown`; input errors `regions-differ` where regions are not of one model, and those of
 * `openRegion`; cancelled
 */
export async function selectNeurons(
  run: RunDirectory,
  { dataset, outsideUtility }: Pick<NeuronChoice, 'dataset' | 'outsideUtility'>,
  signal: AbortSignal,
): Promise<NeuronSelection> {
  const { datasets, utility } = run.manifest.experiment;
  const ids = datasets.map(({ id }) => id);
  const opened = new Map<string, RegionFile>();
  try {
    for (const id of [...ids, ...(utility ? [utility.id] : [])]) {
      opened.set(id, await openRegion(run, safeNeuron.id, id));
    }
    const chosen = dataset === null ? ids : [dataset];
    const unknown = chosen.find((id) => !opened.has(id));
    if (unknown !== undefined) {
      throw usageError(
        'dataset-unknown',
        `The run has no dataset '${unknown}'.`,
        `Name one of: ${ids.join(', ')}.`,
      );
    }
    const sets = new NeuronSets(opened);
    const parts: SelectedPart[] = [];
    for (const part of sets.parts) {
      if (signal.aborted) throw cancelledError();
      const found = await sets.chosen(part, chosen, outsideUtility && utility ? utility.id : null);
      const indices = unitsOf(found);
      const all = await Promise.all(ids.map((id) => sets.bits(part, id)));
      const heldBy = indices.map((index) => all.filter((bits) => isIn(bits, index)).length);
      parts.push({ layer: part.layer, type: part.type, indices, heldBy });
    }
    return { datasets: ids.length, parts, matrices: sets.matrices };
  } finally {
    for (const file of opened.values()) await file.close();
  }
}

type Filter = Pick<NeuronChoice, 'layer' | 'type'>;

/** One page of them; the last one where there are fewer than were asked for, as when another region is looked at. */
export function neuronPage(
  { datasets, parts, matrices }: NeuronSelection,
  { offset: wanted, limit, ...filter }: Filter & Pick<NeuronListParams, 'offset' | 'limit'>,
): NeuronListAnswer {
  const asked = parts.filter((one) => isAsked(one, filter));
  const total = asked.reduce((sum, { indices }) => sum + indices.length, 0);
  const last = Math.floor(Math.max(0, total - 1) / limit) * limit;
  const offset = Math.min(wanted, last);
  const neurons: NeuronRow[] = [];
  let before = 0;
  for (const part of asked) {
    const first = Math.max(0, offset - before);
    neurons.push(...rows(part, matrices, first, limit - neurons.length));
    before += part.indices.length;
  }
  return { datasets, total, offset, neurons };
}

/** Neurons of a piece of the file: places are made as they are written. */
const PIECE = 1000;

/** All of them as CSV, in pieces. @throws cancelled */
export async function* neuronCsv(
  { parts, matrices }: NeuronSelection,
  filter: Filter,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield tableCsv(neuronsTable([]));
  for (const part of parts.filter((one) => isAsked(one, filter))) {
    for (let first = 0; first < part.indices.length; first += PIECE) {
      // Lets in who cancels.
      await setImmediate();
      if (signal.aborted) throw cancelledError();
      yield linesCsv(neuronsTable(rows(part, matrices, first, PIECE)).rows);
    }
  }
}

const isAsked = (part: SelectedPart, { layer, type }: Filter): boolean =>
  (layer === null || part.layer === layer) && (type === null || part.type === type);

const rows = (
  { layer, type, indices, heldBy }: SelectedPart,
  matrices: RegionFile['matrices'],
  first: number,
  count: number,
): NeuronRow[] =>
  indices.slice(first, first + count).map((index, i) => ({
    ...{ layer, type, index },
    heldBy: heldBy[first + i] ?? 0,
    places: neuronPlaces(matrices, { layer, type, index }),
  }));

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
