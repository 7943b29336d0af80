/** SafeNeuron's own floor, from what region files say of their selection. */
import * as z from 'zod';
import type { ProcedureFloor } from '../core/masks/overlapReport';
import { procedureFloor } from '../core/masks/procedureFloor';
import type { RegionFile } from './regionFile';

const neuronSettings = z.object({
  keepFraction: z.coerce.number().gt(0).lte(1),
  promptShare: z.coerce.number().gt(0).lte(1),
  prompts: z.coerce.number().int().gte(1).lte(1e5),
  mode: z.enum(['paper', 'code']),
});

/** null for other payloads, and where a file does not say how its neurons were selected. */
export function neuronFloor(files: readonly RegionFile[], order: readonly number[]): ProcedureFloor | null {
  const [first] = files;
  if (first?.payload !== 'neurons') return null;
  const settings = files.flatMap(
    (file) => neuronSettings.safeParse(Object.fromEntries(file.metadata)).data ?? [],
  );
  const [mode] = new Set(settings.map((of) => of.mode));
  if (settings.length < files.length || settings.some((of) => of.mode !== mode)) return null;
  const parts = first.tensors.map(({ name, units }) => {
    // The released code ranks k and v once for every query head that reads them.
    const isRepeated = mode === 'code' && first.heads !== null && /\.[kv]$/.test(name);
    return { units, ranked: isRepeated ? first.heads.heads * first.heads.headDim : units };
  });
  return procedureFloor(parts, settings, order);
}
