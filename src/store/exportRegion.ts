/**
 * A region in a form that other programs read. Bits come from the file one parameter at a time; a mask of a 7B model
 * expanded to bytes is 7 GB and is never held.
 */
import { open, rm } from 'node:fs/promises';
import { inputError, usageError } from '../protocol/errors';
import { commitFile, temporaryPath } from './atomicFile';
import { openSafetensors, type SafetensorsFile } from './safetensorsFile';
import { SafetensorsWriter } from './safetensorsWriter';

export const EXPORT_FORMATS = ['safetensors', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const PIECE_BYTES = 1 << 20;

interface MaskEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
}

/** @throws usage error `export-format` that names the formats of this version */
export function checkExportFormat(format: string): ExportFormat {
  const known = EXPORT_FORMATS.find((name) => name === format);
  if (known) return known;
  const what = format === 'npz' ? "'npz' is not in this version yet" : `'${format}' is unknown`;
  throw usageError('export-format', `--format: ${what}.`, `Use one of: ${EXPORT_FORMATS.join(', ')}.`);
}

/**
 * safetensors: one BOOL tensor of the parameter's full shape under its Hugging Face name.
 * json: {"schemaVersion": 1, "parameters": {name: {"shape": [rows, columns], "indices":
 * [ascending row-major flat indices]}}}, streamed.
 * @throws input error `region-damaged` and those of `openSafetensors`
 */
export async function exportRegion(regionFile: string, format: ExportFormat, out: string): Promise<void> {
  const region = await openSafetensors(regionFile);
  try {
    const entries = maskEntries(region);
    await (format === 'safetensors' ? exportSafetensors : exportJson)(region, entries, out);
  } finally {
    await region.close();
  }
}

async function exportSafetensors(
  region: SafetensorsFile,
  entries: readonly MaskEntry[],
  out: string,
): Promise<void> {
  const masks = entries.map(({ name, shape }) => ({ name, dtype: 'BOOL' as const, shape }));
  const writer = await SafetensorsWriter.create(out, masks, { format: 'pt' });
  try {
    for (const entry of entries) {
      for await (const { bits, elements } of pieces(region, entry)) {
        const flags = new Uint8Array(elements);
        for (let i = 0; i < elements; i++) flags[i] = ((bits[i >> 3] ?? 0) >> (i & 7)) & 1;
        await writer.write(entry.name, flags);
      }
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.finish();
}

async function exportJson(
  region: SafetensorsFile,
  entries: readonly MaskEntry[],
  out: string,
): Promise<void> {
  const temporary = temporaryPath(out);
  const handle = await open(temporary, 'wx');
  try {
    await handle.write('{"schemaVersion":1,"parameters":{');
    for (const [index, entry] of entries.entries()) {
      const head = `${JSON.stringify(entry.name)}:{"shape":${JSON.stringify(entry.shape)},"indices":[`;
      await handle.write(`${index === 0 ? '' : ','}\n${head}`);
      let separator = '';
      for await (const { bits, first, elements } of pieces(region, entry)) {
        const found: number[] = [];
        for (let i = 0; i < elements; i++) if (((bits[i >> 3] ?? 0) >> (i & 7)) & 1) found.push(first + i);
        if (found.length === 0) continue;
        await handle.write(separator + found.join(','));
        separator = ',';
      }
      await handle.write(']}');
    }
    await handle.write('\n}}\n');
    await handle.close();
    await commitFile(temporary, out);
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The bits of one parameter, 8 Mi elements at a time. */
async function* pieces(
  region: SafetensorsFile,
  { name, elements }: MaskEntry,
): AsyncGenerator<{ bits: Uint8Array; first: number; elements: number }> {
  const bytes = Math.ceil(elements / 8);
  for (let start = 0; start < bytes; start += PIECE_BYTES) {
    const bits = new Uint8Array(Math.min(PIECE_BYTES, bytes - start));
    await region.readBytes(name, bits, start);
    yield { bits, first: start * 8, elements: Math.min(bits.length * 8, elements - start * 8) };
  }
}

/** Checks the file against the region format (CONTRACT section 4, payload `weights`). */
function maskEntries(region: SafetensorsFile): MaskEntry[] {
  const damaged = (what: string): Error =>
    inputError('region-damaged', `${region.path}: ${what}.`, 'Run the experiment again.');
  const payload = region.metadata.get('payload');
  if (payload !== 'weights') {
    throw damaged(`the payload '${payload ?? 'missing'}' is none of those this version exports: weights`);
  }
  let shapes: unknown;
  try {
    shapes = JSON.parse(region.metadata.get('shapes') ?? '');
  } catch {
    throw damaged('__metadata__.shapes is not JSON');
  }
  return [...region.tensors].map(([name, { dtype, begin, end }]) => {
    const shape: unknown =
      typeof shapes === 'object' && shapes !== null ? Reflect.get(shapes, name) : undefined;
    if (
      !Array.isArray(shape) ||
      !shape.every((size): size is number => Number.isSafeInteger(size) && size >= 0)
    ) {
      throw damaged(`__metadata__.shapes has no shape for '${name}'`);
    }
    const elements = shape.reduce((product, size) => product * size, 1);
    if (dtype !== 'U8' || end - begin !== Math.ceil(elements / 8)) {
      throw damaged(`'${name}' has ${end - begin} bytes of ${dtype} for ${elements} bits`);
    }
    return { name, shape, elements };
  });
}
