/** The datasets of an experiment that is being written: what of it can be read already, and where it stands. Pure. */
import { getNodeValue, parseTree, type Node } from 'jsonc-parser';
import type { JsonPath } from '../../core/run/jsonDocument';
import type { DatasetValue } from '../../protocol/engine';

/** In UTF-16 code units from the beginning of the text. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

export interface Located<T> {
  readonly value: T;
  readonly span: Span;
}

export const FIELDS = ['prompt', 'response', 'category'] as const;
export type FieldName = (typeof FIELDS)[number];
export type DatasetRole = 'identification' | 'utility' | 'overRejection' | 'control';

export interface DatasetDraft {
  readonly role: DatasetRole;
  readonly at: JsonPath;
  readonly span: Span;
  readonly id: Located<string> | null;
  readonly paths: readonly Located<string>[];
  readonly fields: Readonly<Partial<Record<FieldName, Located<string | null>>>>;
  readonly where: readonly {
    readonly key: Located<string>;
    readonly values: readonly Located<DatasetValue>[];
  }[];
  /** In effect; 'dataset' where nobody says. */
  readonly responseSource: string;
  /** Whether any method of the experiment reads it: overRejection and control are SafeLayer's. */
  readonly isRead: boolean;
}

export interface ExperimentDraft {
  readonly datasets: readonly DatasetDraft[];
  /** sampling.count in effect; null where it is no number. */
  readonly sampleCount: number | null;
}

const DEFAULT_COUNT = 128;

/** Never throws: what cannot be read is left out. */
export function readDrafts(text: string): ExperimentDraft {
  const root = parse(text);
  const count = nodeAt(root, ['sampling', 'count']);
  return {
    datasets: datasetPlaces(root).flatMap(([role, at]) => {
      const node = nodeAt(root, at);
      return node?.type === 'object' ? [readDraft(node, role, at, root)] : [];
    }),
    sampleCount: count === undefined ? DEFAULT_COUNT : asNumber(count.value),
  };
}

/** The parser recurses: thousands of brackets overflow the stack. */
function parse(text: string): Node | undefined {
  try {
    return parseTree(text, [], { allowTrailingComma: true, disallowComments: false });
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function datasetPlaces(root: Node | undefined): [DatasetRole, JsonPath][] {
  const listed = (key: string): number[] => (nodeAt(root, [key])?.children ?? []).map((_, i) => i);
  return [
    ...listed('datasets').map((i): [DatasetRole, JsonPath] => ['identification', ['datasets', i]]),
    ['utility', ['utility']],
    ['overRejection', ['overRejection']],
    ...listed('methods').map((i): [DatasetRole, JsonPath] => ['control', ['methods', i, 'control']]),
  ];
}

function readDraft(node: Node, role: DatasetRole, at: JsonPath, root: Node | undefined): DatasetDraft {
  const path = nodeAt(node, ['path']);
  const fields: Partial<Record<FieldName, Located<string | null>>> = {};
  for (const field of FIELDS) {
    const given = nodeAt(node, [field]);
    if (given?.type === 'null') fields[field] = { value: null, span: spanOf(given) };
    const text = given && located(given);
    if (text) fields[field] = text;
  }
  return {
    role,
    at,
    span: spanOf(node),
    id: locatedOrNull(nodeAt(node, ['id'])),
    paths: (path?.type === 'array' ? (path.children ?? []) : path ? [path] : []).flatMap(
      (one) => located(one) ?? [],
    ),
    fields,
    where: readWhere(nodeAt(node, ['where'])),
    responseSource: responseSource(node, role, root),
    isRead: role !== 'overRejection' || hasSweep(root),
  };
}

function readWhere(where: Node | undefined): DatasetDraft['where'] {
  return (where?.type === 'object' ? (where.children ?? []) : []).flatMap(({ children = [] }) => {
    const [keyNode, valueNode] = children;
    const key = keyNode && located(keyNode);
    if (!key) return [];
    const nodes = valueNode?.type === 'array' ? (valueNode.children ?? []) : valueNode ? [valueNode] : [];
    const values = nodes.flatMap((one) => {
      const value: unknown = getNodeValue(one);
      return isScalar(value) ? [{ value, span: spanOf(one) }] : [];
    });
    return [{ key, values }];
  });
}

/** The set's own, else the experiment's; a global 'fixed' does not apply to utility. */
function responseSource(node: Node, role: DatasetRole, root: Node | undefined): string {
  const own: unknown = nodeAt(node, ['responses', 'source'])?.value;
  const global: unknown = nodeAt(root, ['responses', 'source'])?.value;
  const inherited = role === 'utility' && global === 'fixed' ? 'dataset' : global;
  const source = own ?? inherited;
  return typeof source === 'string' ? source : 'dataset';
}

const hasSweep = (root: Node | undefined): boolean =>
  (nodeAt(root, ['methods'])?.children ?? []).some(
    (entry) => nodeAt(entry, ['method'])?.value === 'safeLayer' && nodeAt(entry, ['sweep'])?.value !== 'none',
  );

/** As `findNodeAtLocation`, which throws on half-written properties. */
function nodeAt(root: Node | undefined, path: JsonPath): Node | undefined {
  let at = root;
  for (const key of path) {
    if (typeof key === 'number') at = at?.type === 'array' ? at.children?.[key] : undefined;
    else {
      const own = at?.type === 'object' ? at.children : undefined;
      at = own?.find(({ children }) => children?.[0]?.value === key)?.children?.[1];
    }
  }
  return at;
}

const spanOf = ({ offset, length }: Node): Span => ({ offset, length });
const located = (node: Node): Located<string> | undefined =>
  node.type === 'string' ? { value: String(node.value), span: spanOf(node) } : undefined;
const locatedOrNull = (node: Node | undefined): Located<string> | null => (node && located(node)) ?? null;
const asNumber = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const isScalar = (value: unknown): value is DatasetValue =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
