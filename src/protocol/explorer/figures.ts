/** Queries whose answers are figures of the reports: what they were made of, which the page draws and exports. */
import * as z from 'zod/mini';
import { shortText } from './checks';
import { contract } from './queryContract';

const text = z.string();
const value = z.nullable(z.number());
const colour = z.int().check(z.minimum(1), z.maximum(4));
const marker = z.enum(['circle', 'square', 'triangle']);
const named = { title: text, caption: text };
const axes = { ...named, xTitle: text, yTitle: text };

const heatmap = z.object({
  ...named,
  rows: z.array(text),
  columns: z.array(text),
  values: z.array(z.array(value)),
  top: z.number(),
  floor: z.optional(value),
  isSymmetric: z.optional(z.boolean()),
});

const line = z.object({
  ...axes,
  x: z.array(text),
  series: z.array(
    z.object({
      label: text,
      values: z.array(value),
      colour,
      isFloor: z.optional(z.boolean()),
      marker: z.optional(marker),
      spread: z.optional(z.array(z.number())),
    }),
  ),
  levels: z.optional(z.array(z.object({ label: text, value: z.number(), colour }))),
  isLog: z.optional(z.boolean()),
});

const column = z.object({
  ...axes,
  columns: z.array(
    z.object({ label: text, value, floor: value, range: z.nullable(z.tuple([z.number(), z.number()])) }),
  ),
});

const scatter = z.object({
  ...axes,
  groups: z.array(
    z.object({
      label: text,
      colour,
      marker,
      points: z.array(z.object({ name: text, x: z.number(), y: z.number() })),
    }),
  ),
});

const table = z.object({
  head: z.array(text),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
});

const plot = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('heatmap'), options: heatmap }),
  z.object({ kind: z.literal('line'), options: line }),
  z.object({ kind: z.literal('column'), options: column }),
  z.object({ kind: z.literal('scatter'), options: scatter }),
]);

const figures = z.object({
  figures: z.array(z.object({ plot, table })),
  /** Numbers that no picture shows. */
  tables: z.array(z.object({ ...named, table })),
});
export type SentFigures = z.infer<typeof figures>;

const ofMethod = z.object({ method: shortText });

export const convergenceFigures = contract(ofMethod, figures);
export const floorFigures = contract(ofMethod, figures);
export const similarityFigures = contract(ofMethod, figures);
