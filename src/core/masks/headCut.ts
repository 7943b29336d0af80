import { bitsetOf, bytesFor, sliceBits } from './bitset';

/** Of the model that regions were found in. */
export interface HeadSizes {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** How the units of one module divide into attention heads. */
export interface HeadCut {
  /** q, k, v or o. */
  readonly key: string;
  /** Under grouped-query attention k and v have fewer than q and o. */
  readonly heads: number;
  readonly unitsPerHead: number;
  /** o_proj only: a head is `headDim` columns of every row. null: a head is units that follow each other. */
  readonly strided: { readonly columns: number; readonly headDim: number } | null;
}

const HEADED: Readonly<Record<string, { key: string; isKeyValue: boolean; byColumns: boolean }>> = {
  q_proj: { key: 'q', isKeyValue: false, byColumns: false },
  k_proj: { key: 'k', isKeyValue: true, byColumns: false },
  v_proj: { key: 'v', isKeyValue: true, byColumns: false },
  o_proj: { key: 'o', isKeyValue: false, byColumns: true },
  // Neurons: a unit is a row of q, k, v and a column of o, so that heads follow each other in all four.
  q: { key: 'q', isKeyValue: false, byColumns: false },
  k: { key: 'k', isKeyValue: true, byColumns: false },
  v: { key: 'v', isKeyValue: true, byColumns: false },
  o: { key: 'o', isKeyValue: false, byColumns: false },
};

/**
 * @param columns of the module's matrix; 1 where a unit is a whole row or column
 * @returns null for a module without heads, and where `units` are not those of all its heads
 */
export function headCut(
  module: string,
  units: number,
  columns: number,
  { heads, kvHeads, headDim }: HeadSizes,
): HeadCut | null {
  const kind = Object.hasOwn(HEADED, module) ? HEADED[module] : undefined;
  if (!kind) return null;
  const count = kind.isKeyValue ? kvHeads : heads;
  const along = kind.byColumns ? columns : units / columns;
  if (along !== count * headDim || units % columns !== 0) return null;
  const strided = kind.byColumns ? { columns, headDim } : null;
  return { key: kind.key, heads: count, unitsPerHead: units / count, strided };
}

/** The sets of the module's heads. Views of `bits`, or of one reordered copy, where heads begin at whole bytes. */
export function cutHeads(bits: Uint8Array, { heads, unitsPerHead, strided }: HeadCut): Uint8Array[] {
  const ordered = strided ? byHeads(bits, heads, unitsPerHead / strided.headDim, strided.headDim) : bits;
  return Array.from({ length: heads }, (_, head) => cutBits(ordered, head * unitsPerHead, unitsPerHead));
}

/** `sliceBits` without the copy where the range is whole bytes. */
export function cutBits(bits: Uint8Array, first: number, units: number): Uint8Array {
  return first % 8 === 0 && units % 8 === 0
    ? bits.subarray(first / 8, first / 8 + units / 8)
    : sliceBits(bits, first, units);
}

/** Units (row, head, j) in the order (head, row, j), j < headDim: the columns of one head follow each other. */
function byHeads(bits: Uint8Array, heads: number, rows: number, headDim: number): Uint8Array {
  const bytes = headDim / 8;
  const ordered = new Uint8Array(bytesFor(heads * rows * headDim));
  if (!Number.isInteger(bytes)) return byHeadsBitwise(bits, heads, rows, headDim);
  // Runs of 8 and 16 bytes: copying them by elements beats a call of `set` for each.
  const wide = bytes % 4 === 0 && bits.byteOffset % 4 === 0;
  const [from, to, run] = wide
    ? [
        new Uint32Array(bits.buffer, bits.byteOffset, bits.length / 4),
        new Uint32Array(ordered.buffer),
        bytes / 4,
      ]
    : [bits, ordered, bytes];
  let source = 0;
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < heads; head++) {
      const target = (head * rows + row) * run;
      for (let j = 0; j < run; j++) to[target + j] = from[source++] as number;
    }
  }
  return ordered;
}

/** Heads of a size that is no whole number of bytes: only small test models have them. */
function byHeadsBitwise(bits: Uint8Array, heads: number, rows: number, headDim: number): Uint8Array {
  const columns = heads * headDim;
  const units: number[] = [];
  for (let i = 0; i < rows * columns; i++) {
    if ((((bits[i >> 3] as number) >> (i & 7)) & 1) === 0) continue;
    const [row, column] = [Math.floor(i / columns), i % columns];
    units.push((Math.floor(column / headDim) * rows + row) * headDim + (column % headDim));
  }
  return bitsetOf(rows * columns, units);
}
