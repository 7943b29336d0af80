/** What `parseExperiment` refuses of a text, with its place in it. Pure. */
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { parseExperiment } from '../../core/run/experiment';
import type { JsonPath } from '../../core/run/jsonDocument';
import { ToolError } from '../../protocol/errors';
import type { Span } from './datasetDrafts';

export interface FileProblem {
  readonly code: string;
  readonly message: string;
  readonly span: Span;
}

const NAME = 'experiment';

/** Null where the file is well, and where it is no JSON: the editor says that by itself, at once and in full. */
export function fileProblem(text: string): FileProblem | null {
  try {
    parseExperiment(text, NAME);
    return null;
  } catch (thrown) {
    const { code, message, mend } = ToolError.from(thrown);
    if (code === 'experiment-syntax') return null;
    const [, line, path, what] = /^experiment, line (\d+)(?:, ([^:]*))?: (.*)$/s.exec(message) ?? [];
    const place = path === undefined ? null : nodeSpan(text, path);
    const span = place ?? lineSpan(text, Number(line ?? 1));
    return { code, message: `${capital(what ?? message)} ${mend}`, span };
  }
}

/** Of the property that a printed path (`methods[0].topFraction`) names; null where the path cannot be read back. */
function nodeSpan(text: string, printed: string): Span | null {
  if (!/^[\w$]+(?:\.[\w$]+|\[\d+\])*$/.test(printed)) return null;
  const path: JsonPath = [...printed.matchAll(/([\w$]+)|\[(\d+)\]/g)].map(([, key, index]) =>
    index === undefined ? (key ?? '') : Number(index),
  );
  const root = parseTree(text, [], { allowTrailingComma: true });
  const node = root && findNodeAtLocation(root, path);
  if (!node) return null;
  const isLong = text.slice(node.offset, node.offset + node.length).includes('\n');
  if (!isLong) return { offset: node.offset, length: node.length };
  // Of what spans lines only the name is marked, or its bracket.
  const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
  return key ? { offset: key.offset, length: key.length } : { offset: node.offset, length: 1 };
}

/** Without the white space around it. */
function lineSpan(text: string, line: number): Span {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  const own = lines[line - 1] ?? '';
  return { offset: before + own.length - own.trimStart().length, length: own.trim().length };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
