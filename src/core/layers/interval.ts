/** Layers first..last, both inclusive, 0-based. */
export type LayerInterval = readonly [first: number, last: number];

/** Number of layers (METHODS.md T30). */
export const intervalSize = ([first, last]: LayerInterval): number => last - first + 1;

/** Where the layers lie in a model of any depth, 0 to 1: the beginning of the first to the end of the last. */
export const relativeDepth = ([first, last]: LayerInterval, layers: number): [number, number] => [
  first / layers,
  (last + 1) / layers,
];

/** What SPPFT's script is given to freeze these layers: it leaves both bounds out (METHODS.md T36). */
export const sppftBounds = ([first, last]: LayerInterval): readonly [begin: number, end: number] => [
  first - 1,
  last + 1,
];

/** alpha at the layers of the interval, 1 elsewhere. */
export function layerFactors(layers: number, [first, last]: LayerInterval, alpha: number): Float32Array {
  return Float32Array.from({ length: layers }, (_, layer) => (layer >= first && layer <= last ? alpha : 1));
}
