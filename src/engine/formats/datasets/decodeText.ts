import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { datasetInvalid, MAX_RECORD_BYTES, reasonOf } from './datasetFormat';

/**
 * The text of a file, in pieces: UTF-8, or UTF-16 where a byte order mark says so (spreadsheets save it); the mark
 * is taken off. Bytes that are no such text are an error, since replacement characters would be fed unnoticed.
 */
export async function* decodeText(file: string): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true });
      const text = decoder.decode(chunk, { stream: true });
      if (text !== '') yield text;
    }
    const rest = decoder?.decode();
    if (rest) yield rest;
  } catch (thrown) {
    if (thrown instanceof TypeError) {
      throw datasetInvalid(file, `it is not ${decoder?.encoding ?? 'UTF-8'} text`, 'Save the file as UTF-8.');
    }
    throw datasetInvalid(file, reasonOf(thrown), 'Check that the file can be read.');
  }
}

function encodingOf(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * Lines ended by LF or CRLF, the last one with or without. Not `node:readline`: it also splits at U+2028 and
 * U+2029, which may stand unescaped inside JSON strings.
 */
export async function* splitLines(file: string): AsyncGenerator<TextLine> {
  let number = 0;
  let rest = '';
  for await (const piece of decodeText(file)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_RECORD_BYTES) throw tooLong(file, number + 1);
    for (const line of lines) yield { number: ++number, text: checked(line, file, number) };
  }
  if (rest !== '') yield { number: ++number, text: checked(rest, file, number) };
}

function checked(line: string, file: string, number: number): string {
  if (line.length > MAX_RECORD_BYTES) throw tooLong(file, number);
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

const tooLong = (file: string, line: number) =>
  datasetInvalid(file, `line ${line} is longer than ${MAX_RECORD_BYTES} characters`);
