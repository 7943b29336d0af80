/**
 * A region in a form that other programs read. Bits come from the file one parameter at a time; a mask of a 7B model
 * expanded to bytes is 7 GB and is never held.
 */
import { open, rm } from 'node:fs/promises';
import type { MatrixLayout } from '../core/masks/expandMatrix';
import type { RegionSummary } from '../core/run/summary';
import { cancelledError, inputError, usageError } from '../protocol/errors';
import { commitFile, temporaryPath } from './atomicFile';
import { NpzWriter } from './npzWriter';
import { RegionFile } from './regionFile';
import { RegionWeights } from './regionWeights';
import type { RunDirectory } from './runDirectory';
import { regionRelative } from './runRegions';
import { SafetensorsWriter } from './safetensorsWriter';

export const EXPORT_FORMATS = ['safetensors', 'npz', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const PIECE_BYTES = 1 << 20;

/** @throws usage error `export-format` that names the formats of this version */
export function checkExportFormat(format: string): ExportFormat {
  const known = EXPORT_FORMATS.find((name) => name === format);
  if (known) return known;
  throw usageError(
    'export-format',
    `--format: '${format}' is unknown.`,
    `Use one of: ${EXPORT_FORMATS.join(', ')}.`,
  );
}

/**
 * A region of a finished run, after its file was compared with the run's checksum.
 *
 * @param region as METHOD/ID
 * @param out absolute path, in a folder that exists
 * @throws input errors `region-not-found`, `run-damaged`, and those of `exportRegion`; `cancelled`
 */
export async function exportRunRegion(
  run: RunDirectory,
  region: string,
  format: ExportFormat,
  out: string,
  signal?: AbortSignal,
): Promise<void> {
  const { regions } = await run.summary();
  const idOf = ({ method, dataset }: RegionSummary): string => `${method}/${dataset}`;
  const found = regions.find((one) => idOf(one) === region);
  if (!found) {
    throw inputError(
      'region-not-found',
      `${run.path} has no region '${region}'.`,
      `It has: ${regions.map(idOf).join(', ')}.`,
    );
  }
  const relative = regionRelative(found.method, found.dataset);
  await run.verify((name) => name === relative, signal);
  await exportRegion(run.file(relative), format, out, signal);
}

/**
 * Neurons and layers are expanded: q, k and v neurons are rows, o neurons columns, an ffn neuron is a row of gate and
 * up and a column of down; a layer is its seven projections. Masks of an adapter have PEFT's names.
 *
 * safetensors: one BOOL tensor of the parameter's full shape under its Hugging Face name.
 * npz: the same as NumPy's bool arrays, compressed.
 * json: {"schemaVersion": 1, "parameters": {name: {"shape": [rows, columns], "indices":
 * [ascending row-major flat indices]}}}, streamed.
 * @throws input errors `region-damaged`, `region-not-expandable`, `npz-too-large`, `payload-unknown` and those of
 * `openSafetensors`; `cancelled`, and then there is no file
 */
export async function exportRegion(
  regionFile: string,
  format: ExportFormat,
  out: string,
  signal?: AbortSignal,
): Promise<void> {
  const region = await RegionFile.open(regionFile);
  try {
    const weights = RegionWeights.of(region);
    switch (format) {
      case 'safetensors': {
        const masks = weights.matrices.map(({ name, shape }) => ({ name, dtype: 'BOOL' as const, shape }));
        await exportFlags(weights, await SafetensorsWriter.create(out, masks, { format: 'pt' }), signal);
        break;
      }
      case 'npz':
        await exportFlags(weights, await NpzWriter.create(out, weights.matrices), signal);
        break;
      case 'json':
        await exportJson(weights, out, signal);
    }
  } finally {
    await region.close();
  }
}

/** A file that takes one byte an element, matrix after matrix. */
interface FlagWriter {
  write(name: string, flags: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  abort(): Promise<void>;
}

async function exportFlags(
  weights: RegionWeights,
  writer: FlagWriter,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    for (const matrix of weights.matrices) {
      for await (const { bits, elements } of pieces(weights, matrix, signal)) {
        await writer.write(matrix.name, flagsOf(bits).subarray(0, elements));
      }
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.finish();
}

/** A byte for each bit. */
function flagsOf(bits: Uint8Array): Uint8Array {
  const flags = new Uint8Array(bits.length * 8);
  for (let i = 0; i < bits.length; i++) {
    const byte = bits[i] as number;
    for (let bit = 0; bit < 8; bit++) flags[8 * i + bit] = (byte >> bit) & 1;
  }
  return flags;
}

async function exportJson(
  weights: RegionWeights,
  out: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const temporary = temporaryPath(out);
  const handle = await open(temporary, 'wx');
  try {
    await handle.write('{"schemaVersion":1,"parameters":{');
    for (const [index, matrix] of weights.matrices.entries()) {
      const head = `${JSON.stringify(matrix.name)}:{"shape":${JSON.stringify(matrix.shape)},"indices":[`;
      await handle.write(`${index === 0 ? '' : ','}\n${head}`);
      let separator = '';
      for await (const { bits, first, elements } of pieces(weights, matrix, signal)) {
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

/** The bits of one matrix, 8 Mi elements at a time. */
async function* pieces(
  weights: RegionWeights,
  matrix: MatrixLayout,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ bits: Uint8Array; first: number; elements: number }> {
  const elements = matrix.shape.reduce((product, size) => product * size, 1);
  let first = 0;
  for await (const bits of weights.pieces(matrix, PIECE_BYTES)) {
    if (signal?.aborted) throw cancelledError();
    yield { bits, first, elements: Math.min(bits.length * 8, elements - first) };
    first += bits.length * 8;
  }
}
