/** What the schemas of the explorer's messages are made of. Loading it sets zod up for the page. */
import * as z from 'zod/mini';

// zod otherwise compiles parsers with `new Function`, which the webview's content security policy forbids.
z.config({ jitless: true });

export const count = z.number().check(z.nonnegative());
/** An IoU, or null where the union is empty and the ratio is undefined. */
export const ratio = z.nullable(z.number().check(z.minimum(0), z.maximum(1)));
export const curve = z.array(ratio);
export const matrix = z.array(curve);
/** Ids of methods and regions, names of files: what a page may send of them. */
export const shortText = z.string().check(z.maxLength(1_000));

/** The message, or null where it is not one of ours: it is then dropped. */
export const parser =
  <S extends z.ZodMiniType>(schema: S) =>
  (message: unknown): z.infer<S> | null => {
    const result = z.safeParse(schema, message);
    return result.success ? result.data : null;
  };
