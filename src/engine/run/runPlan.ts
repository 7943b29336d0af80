import * as z from 'zod';

import type { Manifest } from '../../core/run/manifest';
import { inputError } from '../../protocol/errors';
import type { PassLimits } from '../stream/passContext';

const count = z.int().gte(1);

const runPlanSchema = z.object({
  /** Dataset ids that share a pass over the layers. */
  groups: z.array(z.array(z.string())),
  keepScores: z.boolean(),
  maxRows: count,
  chunkElements: count,
  headChunkElements: count,
  headRows: count,
}) satisfies z.ZodType<PassLimits>;

/** `plan` of run.json: a run that is gone on with takes its sums in the order that it began with. */
export type RunPlan = z.output<typeof runPlanSchema>;

/** @throws input error `run-damaged` */
export function readRunPlan({ plan }: Manifest, file: string): RunPlan {
  const parsed = runPlanSchema.safeParse(plan);
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.join('.') ?? '';
  throw inputError('run-damaged', `${file}: 'plan.${at}' is not what a run begins with.`, 'Start a new run.');
}
