import type { Tensor } from '../ort/runtime';
import { breathe } from '../stream/passContext';
import { decodeGraph } from './generateGraphs';
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
  return decodeStreamed(context, rows, x);
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
  hidden: Float32Array,
): Promise<readonly number[]> {
  const { spec, layers, cache, rotary, programs, scratch, signal } = context;
  const positions = rows.map(({ position }) => position);
  const lengths = positions.map((position) => position + 1);
  // The same feeds serve all layers of a kind.
  const tables = new Map(
    [...new Set(spec.layerKinds)].map((kind) => [kind, rotary.feeds(kind, positions, lengths)]),
  );
  const position: Tensor = { data: BigInt64Array.from(positions, BigInt), dims: [rows.length] };
  const dims = [rows.length, spec.hiddenSize];
  let x = { data: hidden, dims };
  let y = { data: scratch.take('decode.y', hidden.length), dims };
  const headStride = rows.length * spec.headDim;
  const fresh = (name: string) => ({
    data: scratch.take(name, spec.kvHeads * headStride),
    dims: [1, spec.kvHeads, rows.length, spec.headDim],
  });
  const [k, v] = [fresh('decode.k'), fresh('decode.v')];
  for (const [layer, kind] of spec.layerKinds.entries()) {
    const program = await programs.get(
      `decode ${kind.window} ${rows.length}`,
      () => decodeGraph(spec, rows.length, kind.window),
      { openShapes: true },
    );
    const past = cache.tensors(layer, 0, rows.length);
    await program.run(
      {
        x,
        position,
        ...(await layers.feeds(layer)),
        ...tables.get(kind),
        'cache.k': past.k,
        'cache.v': past.v,
      },
      { y, 'new.k': k, 'new.v': v },
    );
    positions.forEach((at, slot) => {
      const begin = slot * spec.headDim;
      cache.store(layer, slot, at, 1, { k: k.data, v: v.data, begin, headStride });
    });
    [x, y] = [y, x];
    await breathe(signal);
  }
  return pickTokens(context, x.data, rows.length);
}
