/** The first words on an engine's socket, before any call. */
import * as z from 'zod';

/** A day: nobody comes back later. */
const MOST_LEASE_MS = 24 * 3_600_000;

/** From whoever connects. */
export const helloSchema = z.object({
  kind: z.literal('hello'),
  token: z.string(),
  /** How long a run may go on when nobody is connected. */
  leaseMs: z.number().gte(0).lte(MOST_LEASE_MS),
  /** Whether and how long nobody must have been connected: the window before may be on its way back. */
  freeForMs: z.number().gte(0),
});
export type Hello = z.output<typeof helloSchema>;

/** The engine has one owner: who has the token and comes while nobody is connected, or has been for some time. */
export const answerSchema = z.object({ kind: z.enum(['welcome', 'busy']) });
export type Answer = z.output<typeof answerSchema>;
