/** What the view of masks keeps: which regions are looked at, and how far one has gone into them. */
import * as z from 'zod/mini';
import { matrixWindow } from '../../../../src/protocol/explorer/tileMap';

const layer = z.nullable(z.int());

const place = z.discriminatedUnion('level', [
  z.object({ level: z.literal('all') }),
  /** `at`: the module that one came by. */
  z.object({ level: z.literal('layer'), layer, at: z.optional(z.string()) }),
  z.object({
    level: z.literal('matrix'),
    layer,
    /** Its label, one of its layer. */
    matrix: z.string(),
    /** Each within the one before it; the matrix as a whole where there is none. */
    windows: z.array(matrixWindow).check(z.maxLength(16)),
  }),
]);
export type MaskPlace = z.infer<typeof place>;
export type MatrixPlace = Extract<MaskPlace, { level: 'matrix' }>;
export type MatrixWindow = z.infer<typeof matrixWindow>;

export const maskMemory = z.object({
  /** Id of a region; null: what all of them hold. */
  region: z.nullable(z.string()),
  /** Id of a region that is taken out; null: none. */
  without: z.nullable(z.string()),
  place,
});
export type MaskMemory = z.infer<typeof maskMemory>;

/** One step out; null where one is out already. */
export function outOf(place: MaskPlace): MaskPlace | null {
  switch (place.level) {
    case 'all':
      return null;
    case 'layer':
      return { level: 'all' };
    case 'matrix':
      return place.windows.length > 0
        ? { ...place, windows: place.windows.slice(0, -1) }
        : { level: 'layer', layer: place.layer };
  }
}

/** The place and all that it lies in, the outermost first. */
export function pathTo(place: MaskPlace): MaskPlace[] {
  const outer = outOf(place);
  return outer ? [...pathTo(outer), place] : [place];
}

interface Known {
  readonly layers: readonly (number | null)[];
  readonly matrices: readonly { readonly layer: number | null; readonly label: string }[];
}

/** The place, or the nearest one around it that this method has: another one may have other layers and matrices. */
export function placeIn(place: MaskPlace, known: Known): MaskPlace {
  if (place.level === 'all') return place;
  if (!known.layers.includes(place.layer)) return { level: 'all' };
  if (place.level === 'layer') return place;
  const isKnown = known.matrices.some(({ layer, label }) => layer === place.layer && label === place.matrix);
  return isKnown ? place : { level: 'layer', layer: place.layer };
}
