/**
 * The header of a safetensors file: 8 bytes of little-endian length n, n bytes of JSON, then the tensors' bytes.
 * https://huggingface.co/docs/safetensors. A file is believed in nothing: every way to be malformed has a code.
 */
import { inputError, type ToolError } from '../../protocol/errors';
import { DTYPE_BYTES, isDtype, tensorBytes, type Dtype } from './dtype';
import { JsonScanError, JsonScanner, shown } from './jsonScanner';

export const MAX_HEADER_BYTES = 100_000_000;
export const MAX_TENSORS = 200_000;
const MAX_RANK = 64;
const LENGTH_BYTES = 8;
const METADATA_KEY = '__metadata__';

export interface TensorLocation {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Bytes from the start of the file, `end` exclusive. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** What the header came from: `file` is named in errors. */
export interface HeaderSource {
  readonly file: string;
  readonly fileBytes: number;
}

export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

const MEND = 'Download or convert the file again; it does not follow the safetensors format.';

const malformed = (source: HeaderSource, what: string, message: string, mend = MEND): ToolError =>
  inputError(`safetensors-${what}`, `${source.file}: ${message}`, mend);

/**
 * Bytes of the JSON that follows the first 8 bytes.
 * @throws ToolError safetensors-too-short, -header-empty, -header-too-long, -header-truncated
 */
export function safetensorsHeaderBytes(prefix: Uint8Array, source: HeaderSource): number {
  if (source.fileBytes < LENGTH_BYTES || prefix.length < LENGTH_BYTES) {
    throw malformed(source, 'too-short', `${source.fileBytes} bytes are no safetensors file.`);
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, LENGTH_BYTES);
  const bytes = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (bytes < 2) throw malformed(source, 'header-empty', `The header has ${bytes} bytes.`);
  if (bytes > MAX_HEADER_BYTES) {
    const limit = `The header would have ${bytes} bytes; at most ${MAX_HEADER_BYTES} are read.`;
    throw malformed(source, 'header-too-long', limit);
  }
  if (bytes > source.fileBytes - LENGTH_BYTES) {
    const missing = `The header would have ${bytes} bytes, the file ends after ${source.fileBytes - LENGTH_BYTES}.`;
    throw malformed(source, 'header-truncated', missing);
  }
  return bytes;
}

/**
 * @param json the bytes after the first 8, as many as `safetensorsHeaderBytes` says
 * @throws ToolError with a code `safetensors-...`
 */
export function parseSafetensorsHeader(json: Uint8Array, source: HeaderSource): SafetensorsHeader {
  if (json[0] !== 0x7b) throw malformed(source, 'header-start', "The header does not start with '{'.");
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(json);
  } catch {
    throw malformed(source, 'header-utf8', 'The header is not valid UTF-8.');
  }
  const reader = new HeaderReader(new JsonScanner(text), source);
  const { tensors, metadata } = reader.read();
  return { tensors: locate(tensors, LENGTH_BYTES + json.length, source), metadata };
}

class HeaderReader {
  private readonly tensors = new Map<string, TensorLocation>();
  private readonly metadata = new Map<string, string>();
  /** Which kind of duplicate the scanner would now find. */
  private inside: 'name' | 'field' | 'metadata' = 'name';

  constructor(
    private readonly scanner: JsonScanner,
    private readonly source: HeaderSource,
  ) {}

  read(): { tensors: Map<string, TensorLocation>; metadata: Map<string, string> } {
    try {
      this.scanner.object((name) => {
        if (name === METADATA_KEY) this.readMetadata();
        else this.readEntry(name);
        this.inside = 'name';
      });
      if (!this.scanner.atEnd())
        throw this.error('header-trailing', 'Something follows the JSON of the header.');
    } catch (thrown) {
      throw thrown instanceof JsonScanError ? this.fromScan(thrown) : thrown;
    }
    return { tensors: this.tensors, metadata: this.metadata };
  }

  private readMetadata(): void {
    this.inside = 'metadata';
    if (this.scanner.peek() !== '{') throw this.error('metadata-type', `${METADATA_KEY} is not an object.`);
    this.scanner.object((key) => {
      if (this.scanner.peek() !== '"') {
        throw this.error('metadata-value', `${METADATA_KEY}: the value of ${shown(key)} is not a string.`);
      }
      this.metadata.set(key, this.scanner.string());
    });
  }

  private readEntry(name: string): void {
    if (this.tensors.size === MAX_TENSORS) {
      throw this.error('too-many-tensors', `There are more than ${MAX_TENSORS} tensors.`);
    }
    this.inside = 'field';
    if (this.scanner.peek() !== '{')
      throw this.error('entry-type', `The entry ${shown(name)} is not an object.`);
    let dtype: Dtype | undefined;
    let shape: number[] | undefined;
    let offsets: [number, number] | undefined;
    this.scanner.object((field) => {
      if (field === 'dtype') dtype = this.readDtype(name);
      else if (field === 'shape') shape = this.readShape(name);
      else if (field === 'data_offsets') offsets = this.readOffsets(name);
      else throw this.error('unknown-field', `Tensor ${shown(name)} has an unknown field ${shown(field)}.`);
    });
    if (!dtype) throw this.error('dtype-missing', `Tensor ${shown(name)} has no dtype.`);
    if (!shape) throw this.error('shape-missing', `Tensor ${shown(name)} has no shape.`);
    if (!offsets) throw this.error('offsets-missing', `Tensor ${shown(name)} has no data_offsets.`);
    const [begin, end] = offsets;
    const bytes = tensorBytes(dtype, shape);
    if (bytes === null) throw this.error('shape-overflow', `Tensor ${shown(name)}: the shape is too large.`);
    if (end - begin !== bytes) {
      const sizes = `${dtype} [${shape.join(', ')}] takes ${bytes} bytes, data_offsets span ${end - begin}`;
      throw this.error('size-mismatch', `Tensor ${shown(name)}: ${sizes}.`);
    }
    this.tensors.set(name, { dtype, shape, begin, end });
  }

  private readDtype(name: string): Dtype {
    if (this.scanner.peek() !== '"')
      throw this.error('dtype-type', `Tensor ${shown(name)}: dtype is not a string.`);
    const dtype = this.scanner.string();
    if (isDtype(dtype)) return dtype;
    const known = Object.keys(DTYPE_BYTES).join(', ');
    throw this.error('dtype-unknown', `Tensor ${shown(name)}: dtype ${shown(dtype)} is none of ${known}.`);
  }

  private readShape(name: string): number[] {
    if (this.scanner.peek() !== '[')
      throw this.error('shape-type', `Tensor ${shown(name)}: shape is not an array.`);
    const shape: number[] = [];
    this.scanner.array((axis) => {
      if (axis === MAX_RANK) {
        throw this.error('shape-rank', `Tensor ${shown(name)}: shape has more than ${MAX_RANK} axes.`);
      }
      const size = this.readCount();
      if (size === null) {
        throw this.error('shape-value', `Tensor ${shown(name)}: shape[${axis}] is not an integer from 0 on.`);
      }
      shape.push(size);
    });
    return shape;
  }

  private readOffsets(name: string): [number, number] {
    if (this.scanner.peek() !== '[') {
      throw this.error('offsets-type', `Tensor ${shown(name)}: data_offsets is not an array.`);
    }
    const offsets: number[] = [];
    this.scanner.array((index) => {
      const offset = this.readCount();
      if (offset === null) {
        throw this.error(
          'offsets-value',
          `Tensor ${shown(name)}: data_offsets[${index}] is not an integer from 0 on.`,
        );
      }
      if (index < 3) offsets.push(offset);
    });
    const [begin, end] = offsets;
    if (begin === undefined || end === undefined || offsets.length !== 2) {
      throw this.error('offsets-length', `Tensor ${shown(name)}: data_offsets has not exactly two numbers.`);
    }
    if (begin > end)
      throw this.error('offsets-reversed', `Tensor ${shown(name)}: data_offsets end before they begin.`);
    return [begin, end];
  }

  /** An integer from 0 that a double holds exactly, written as one: not 1.0, not 1e3. */
  private readCount(): number | null {
    const text = this.scanner.numberText();
    if (text === null || !/^\d+$/.test(text)) return null;
    const value = Number(text);
    return Number.isSafeInteger(value) ? value : null;
  }

  private fromScan(thrown: JsonScanError): ToolError {
    const place = `${thrown.message} (header, position ${thrown.position})`;
    switch (thrown.fault) {
      case 'syntax':
      case 'depth':
        return this.error('header-json', place);
      case 'surrogate':
        return this.error('header-unicode', place);
      case 'duplicate':
        return this.error(`duplicate-${this.inside}`, place);
    }
  }

  private error(what: string, message: string): ToolError {
    return malformed(this.source, what, message);
  }
}

/** Checks that the tensors cover the data from its first byte to its last without overlap, and makes offsets absolute. */
function locate(
  tensors: ReadonlyMap<string, TensorLocation>,
  dataStart: number,
  source: HeaderSource,
): ReadonlyMap<string, TensorLocation> {
  const dataBytes = source.fileBytes - dataStart;
  const byOffset = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of byOffset) {
    const range = `Tensor ${shown(name)} lies at [${begin}, ${end})`;
    if (begin < covered) throw malformed(source, 'offsets-overlap', `${range}, inside the one before it.`);
    if (begin > covered && begin > dataBytes) {
      throw malformed(source, 'offsets-range', `${range}; the data has ${dataBytes} bytes.`);
    }
    if (begin > covered) {
      throw malformed(source, 'offsets-gap', `${range}; the data before ends at ${covered}.`);
    }
    covered = end;
  }
  if (covered > dataBytes) {
    const missing = `The file is cut off: the tensors take ${covered} bytes, ${dataBytes} are there.`;
    throw malformed(source, 'truncated', missing, 'Download or copy the file again.');
  }
  if (covered < dataBytes) {
    throw malformed(source, 'trailing-data', `${dataBytes - covered} bytes at the end belong to no tensor.`);
  }
  const located = new Map<string, TensorLocation>();
  for (const [name, tensor] of tensors) {
    located.set(name, { ...tensor, begin: dataStart + tensor.begin, end: dataStart + tensor.end });
  }
  return located;
}

export interface HeaderLayout {
  /** The file's first bytes: length, JSON, blanks up to a multiple of 8. */
  readonly bytes: Uint8Array;
  /** Where each entry's data goes, in the order given. */
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  readonly fileBytes: number;
}

/** The same entries and metadata, in the same order, give the same bytes. */
export function serialiseSafetensorsHeader(
  entries: readonly TensorEntry[],
  metadata: Readonly<Record<string, string>> = {},
): HeaderLayout {
  const relative = new Map<string, TensorLocation>();
  let covered = 0;
  const parts = Object.keys(metadata).length > 0 ? [`"${METADATA_KEY}":${JSON.stringify(metadata)}`] : [];
  for (const { name, dtype, shape } of entries) {
    const bytes = tensorBytes(dtype, shape);
    if (bytes === null || relative.has(name) || name === METADATA_KEY) {
      throw new RangeError(`Tensor ${shown(name)} cannot be stored: its name or its shape is not allowed.`);
    }
    const end = covered + bytes;
    relative.set(name, { dtype, shape, begin: covered, end });
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [covered, end] })}`);
    covered = end;
  }
  const json = new TextEncoder().encode(`{${parts.join(',')}}`);
  const dataStart = Math.ceil((LENGTH_BYTES + json.length) / 8) * 8;
  if (dataStart - LENGTH_BYTES > MAX_HEADER_BYTES || entries.length > MAX_TENSORS) {
    throw new RangeError('The header would be longer than readers accept.');
  }
  const bytes = new Uint8Array(dataStart).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - LENGTH_BYTES), true);
  bytes.set(json, LENGTH_BYTES);
  const tensors = new Map<string, TensorLocation>();
  for (const [name, tensor] of relative) {
    tensors.set(name, { ...tensor, begin: dataStart + tensor.begin, end: dataStart + tensor.end });
  }
  return { bytes, tensors, fileBytes: dataStart + covered };
}
