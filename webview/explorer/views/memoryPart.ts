import * as z from 'zod/mini';
import type { ViewContext } from './view';

const parts = z.record(z.string(), z.unknown());

/** What one part of a view remembers, beside what others do. */
export interface MemoryPart<T> {
  /** null where there is nothing, or nothing of this shape. */
  readonly recall: () => T | null;
  readonly remember: (value: T) => void;
}

export function memoryPart<T>(
  context: Pick<ViewContext, 'recall' | 'remember'>,
  key: string,
  schema: z.ZodMiniType<T>,
): MemoryPart<T> {
  const all = (): Record<string, unknown> => context.recall(parts) ?? {};
  return {
    recall: () => {
      const found = z.safeParse(schema, all()[key]);
      return found.success ? found.data : null;
    },
    remember: (value) => context.remember({ ...all(), [key]: value }),
  };
}
