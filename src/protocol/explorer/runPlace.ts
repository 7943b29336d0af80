import * as z from 'zod/mini';

/** Which of the runs that are shown: 0, or where several are compared the place among them. */
export const runPlace = z.object({ run: z.int().check(z.nonnegative()) });
