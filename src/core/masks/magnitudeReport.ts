/** baselines/<method>/magnitude.json: what the engine measured at the end of a run. */
import * as z from 'zod';

export const MAGNITUDE_VERSION = 1;

const ratio = z.number().nullable();
const matrix = z.array(z.array(ratio));

export const magnitudeSchema = z.object({
  schemaVersion: z.literal(MAGNITUDE_VERSION),
  /** In the order of the matrices. */
  datasets: z.array(z.string()),
  utility: z.string().nullable(),
  draws: z.int().gte(1),
  /** Rows drawn of each matrix, at most. */
  rowsPerModule: z.int().gte(1),
  sampledWeights: z.int().gte(1),
  /** Mean micro IoU over the draws, and its standard error; outside the utility region too. */
  floor: matrix,
  error: matrix,
  isoFloor: matrix.nullable(),
  isoError: matrix.nullable(),
});

export type MagnitudeReport = z.output<typeof magnitudeSchema>;
