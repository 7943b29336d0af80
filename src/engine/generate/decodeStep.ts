import { layerKind, type LayerKind } from '../../core/model/decoderSpec';
import type { Feeds, Tensor } from '../ort/runtime';
import { breathe } from '../stream/passContext';
import { decodeGraph, layerInput } from './generateGraphs';
import type { GenerationContext } from './generationContext';
import type { HeldModel } from './heldModel';
import { pickTokens } from './pickTokens';

/** The newest token of a slot, whose keys and values are not in the cache yet, and its position. */
export interface NewPosition {
  readonly token: number;
  readonly position: number;
}

/**
 * One more token for each of the first `rows.length` slots: their newest tokens go through all layers, and the cache
 * takes in their keys and values. With the weights in memory it is one run of one graph, else a sweep over the layers.
 */
export async function decodeStep(
  context: GenerationContext,
  rows: readonly NewPosition[],
): Promise<readonly number[]> {
  const { spec, held, head, scratch } = context;
  const x = scratch.take('decode.x', rows.length * spec.hiddenSize);
  await head.embed(
    rows.map(({ token }) => token),
    x,
  );
  if (held) return decodeHeld({ ...context, held }, rows, x);
  return decodeStreamed(context, rows, {
    x: { data: x, dims: [rows.length, spec.hiddenSize] },
    position: positionTensor(rows),
  });
}

async function decodeHeld(
  { held, signal }: GenerationContext & { readonly held: HeldModel },
  rows: readonly NewPosition[],
  x: Float32Array,
): Promise<readonly number[]> {
  const starts = rows.map(({ position }) => position);
  const tokens = await held.next({ x, slot: 0, starts, counts: rows.map(() => 1), length: 1 });
  await breathe(signal);
  return tokens;
}

async function decodeStreamed(
  context: GenerationContext,
  rows: readonly NewPosition[],
  shared: Feeds,
): Promise<readonly number[]> {
  const { spec, programs, scratch, signal } = context;
  const tables = tablesByKind(context, rows);
  const dims = [rows.length, spec.hiddenSize];
  let x = shared.x as Tensor & { data: Float32Array };
  let y = { data: scratch.take('decode.y', x.data.length), dims };
  const headStride = rows.length * spec.headDim;
  const fresh = (name: string) => ({
    data: scratch.take(name, spec.kvHeads * headStride),
    dims: [1, spec.kvHeads, rows.length, spec.headDim],
  });
  const [k, v] = [fresh('decode.k'), fresh('decode.v')];
  for (let layer = 0; layer < spec.layers; layer++) {
    const feeds: Record<string, Tensor> = { ...shared, x };
    // Layers of one kind share a graph, built for the first of them.
    const first = spec.layerKinds.indexOf(layerKind(spec, layer));
    const program = await programs.get(
      `decode layer ${first} ${rows.length}`,
      () => decodeGraph(spec, rows.length, [first]),
      { openShapes: true },
    );
    await addLayer(context, layer, first, rows.length, tables, feeds);
    await program.run(feeds, { y, [layerInput(first, 'new.k')]: k, [layerInput(first, 'new.v')]: v });
    rows.forEach(({ position }, slot) => {
      const begin = slot * spec.headDim;
      context.cache.store(layer, slot, position, 1, { k: k.data, v: v.data, begin, headStride });
    });
    [x, y] = [y, x as typeof y];
    await breathe(signal);
  }
  return pickTokens(context, x.data, rows.length);
}

type TablesOf = (layer: number) => Feeds;

/** Feeds of `layer`, under the names of layer `as` of the graph. */
async function addLayer(
  { layers, cache }: GenerationContext,
  layer: number,
  as: number,
  slots: number,
  tables: TablesOf,
  feeds: Record<string, Tensor>,
): Promise<void> {
  const { k, v } = cache.tensors(layer, 0, slots);
  const named = { ...(await layers.feeds(layer)), ...tables(layer), 'cache.k': k, 'cache.v': v };
  for (const [name, tensor] of Object.entries(named)) feeds[layerInput(as, name)] = tensor;
}

/** The same feeds serve all layers of a kind. */
function tablesByKind({ spec, rotary }: GenerationContext, rows: readonly NewPosition[]): TablesOf {
  const positions = rows.map(({ position }) => position);
  const lengths = positions.map((position) => position + 1);
  const known = new Map<LayerKind, Feeds>();
  return (layer) => {
    const kind = layerKind(spec, layer);
    const feeds = known.get(kind) ?? rotary.feeds(kind, positions, lengths);
    known.set(kind, feeds);
    return feeds;
  };
}

const positionTensor = (rows: readonly NewPosition[]): Tensor => ({
  data: BigInt64Array.from(rows, ({ position }) => BigInt(position)),
  dims: [rows.length],
});
