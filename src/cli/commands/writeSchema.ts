import path from 'node:path';
import { experimentJsonSchema } from '../../core/run/experiment';
import { writeFileAtomic } from '../../store/atomicFile';
import type { CliIo } from '../io';
import { onlyPositional } from '../parseCommandLine';

/** `--write-schema DIR`, for the build: the JSON Schema that editors bind to *.safety-region.json. */
export async function writeSchema(args: readonly string[], io: CliIo): Promise<void> {
  const directory = path.resolve(io.cwd, onlyPositional('--write-schema', 'DIR', args));
  const text = `${JSON.stringify(experimentJsonSchema(), null, 2)}\n`;
  await writeFileAtomic(path.join(directory, 'safety-region.schema.json'), text);
}
