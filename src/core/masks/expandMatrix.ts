import { neuronsOfModule } from '../model/neuronModules';
import type { NeuronType } from '../model/unitNames';
import { bytesFor, unitsOf } from './bitset';

/** A stored weight matrix of a model, as region files describe it. */
export interface MatrixLayout {
  readonly name: string;
  /** (rows, columns) */
  readonly shape: readonly number[];
  /** Canonical modules of a fused matrix, in the order of its rows. */
  readonly parts?: readonly { readonly module: string; readonly rows: number }[];
}

/**
 * The weights of one matrix that neurons consist of, as packed bits.
 * @param module canonical or fused, as the matrix's name says
 * @param neuronsOf packed set of the neurons of a type in the matrix's layer, `count` of them in all; null where the
 * region was not searched for that type: none of its weights are in it
 * @throws RangeError where a type has another number of neurons than the matrix has rows or columns for it, or the
 * module has no neurons
 */
export function expandNeurons(
  { name, shape, parts }: MatrixLayout,
  module: string,
  neuronsOf: (type: NeuronType) => { readonly bits: Uint8Array; readonly count: number } | null,
): Uint8Array {
  const [rows = 0, columns = 0] = shape;
  const mask = new Uint8Array(bytesFor(rows * columns));
  let firstRow = 0;
  for (const part of parts ?? [{ module, rows }]) {
    const kind = neuronsOfModule(part.module);
    if (!kind) throw new RangeError(`${name} has no neurons`);
    const neurons = neuronsOf(kind.type);
    if (neurons) fillPart(mask, neurons, { ...kind, name, rows: part.rows, firstRow, columns });
    firstRow += part.rows;
  }
  return mask;
}

interface PartPlace {
  readonly name: string;
  readonly type: NeuronType;
  readonly axis: 'row' | 'column';
  readonly firstRow: number;
  readonly rows: number;
  readonly columns: number;
}

function fillPart(
  mask: Uint8Array,
  { bits, count }: { readonly bits: Uint8Array; readonly count: number },
  { name, type, axis, firstRow, rows, columns }: PartPlace,
): void {
  const expected = axis === 'row' ? rows : columns;
  if (count !== expected) {
    throw new RangeError(`${name} has ${expected} ${axis}s for ${count} neurons of type ${type}`);
  }
  if (axis === 'column') repeatRow(mask, bits, firstRow, rows, columns);
  else for (const row of unitsOf(bits)) fillBits(mask, (firstRow + row) * columns, columns);
}

/** A mask of all weights of a matrix, or of none. */
export function fullMatrix({ shape }: MatrixLayout, isInside: boolean): Uint8Array {
  const units = shape.reduce((product, size) => product * size, 1);
  const mask = new Uint8Array(bytesFor(units));
  if (isInside) fillBits(mask, 0, units);
  return mask;
}

/** Sets `count` bits from `first` on. */
function fillBits(bits: Uint8Array, first: number, count: number): void {
  const end = first + count;
  const wholeFrom = Math.min(Math.ceil(first / 8) * 8, end);
  const wholeTo = Math.max(Math.floor(end / 8) * 8, wholeFrom);
  for (let i = first; i < wholeFrom; i++) setBit(bits, i);
  bits.fill(0xff, wholeFrom / 8, wholeTo / 8);
  for (let i = wholeTo; i < end; i++) setBit(bits, i);
}

/** Gives every one of `rows` rows the bits of `row`. */
function repeatRow(bits: Uint8Array, row: Uint8Array, firstRow: number, rows: number, columns: number): void {
  if (columns % 8 === 0) {
    const bytes = columns / 8;
    for (let r = firstRow; r < firstRow + rows; r++) bits.set(row, r * bytes);
    return;
  }
  const set = unitsOf(row);
  for (let r = firstRow; r < firstRow + rows; r++) {
    for (const column of set) setBit(bits, r * columns + column);
  }
}

function setBit(bits: Uint8Array, index: number): void {
  const byte = Math.floor(index / 8);
  bits[byte] = (bits[byte] as number) | (1 << (index % 8));
}
