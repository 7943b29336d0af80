/** How far a run is that goes on; sent again and again while it does. */
import * as z from 'zod/mini';
import { count } from './checks';

const phase = z.enum(['preparing', 'answers', 'forward', 'head', 'backward', 'sweep', 'adapter', 'writing']);

export const liveRun = z.object({
  /** This window computes it, and so can cancel it. */
  isOurs: z.boolean(),
  /** What it goes through. */
  phases: z.array(phase),
  /** null where it says nothing yet. */
  progress: z.nullable(
    z.object({
      phase,
      /** From 0; null outside the phases that go through layers. */
      layer: z.nullable(count),
      layers: count,
      /** Of the whole run. */
      fraction: z.number().check(z.minimum(0), z.maximum(1)),
      /** For people, such as '2 min left'; empty where unknown. */
      timeLeft: z.string(),
      /** One line for people. */
      message: z.string(),
    }),
  ),
  /** Of each dataset, utility last: what there is. */
  written: z.array(z.object({ dataset: z.string(), samples: z.boolean(), regions: z.array(z.string()) })),
});
export type LiveRunView = z.infer<typeof liveRun>;
