import type * as z from 'zod/mini';

/** What is asked and what is answered: either side checks what it receives by these. */
export interface QueryContract<P extends z.ZodMiniType, A extends z.ZodMiniType> {
  readonly params: P;
  readonly answer: A;
}

export const contract = <P extends z.ZodMiniType, A extends z.ZodMiniType>(
  params: P,
  answer: A,
): QueryContract<P, A> => ({ params, answer });

/** `fault`: which field is not what it should be. */
export type Checked<T> = { readonly data: T } | { readonly fault: string };

export function checked<T>(schema: z.ZodMiniType<T>, value: unknown): Checked<T> {
  const result = schema.safeParse(value);
  if (result.success) return { data: result.data };
  const [issue] = result.error.issues;
  return { fault: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
}
