/** Random experiments, written in random ways with comments anywhere, under random edits of the Setup tab. */
import fc from 'fast-check';
import { applyEdits, parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import type { SetupEdit, SetupState } from '../../../src/protocol/explorer/setup';
import { setupEdits } from '../../../src/core/run/setupEdits';
import { readSetup } from '../../../src/core/run/setupState';

const FILE = 'x.safety-region.json';
const value = (text: string): Record<string, unknown> => {
  const errors: never[] = [];
  const parsed = parse(text, errors, { allowTrailingComma: true }) as Record<string, unknown>;
  expect(errors).toEqual([]);
  return parsed;
};
const comments = (text: string): string[] => text.match(/#\d+#/g) ?? [];
const edited = (text: string, edit: SetupEdit): string => {
  const edits = setupEdits(text, FILE, edit);
  // In order and apart, as an editor wants them.
  edits.slice(1).forEach(({ offset }, i) => {
    expect(offset).toBeGreaterThanOrEqual(edits[i]!.offset + edits[i]!.length);
  });
  return applyEdits(text, edits);
};
const stateOf = (text: string): SetupState => readSetup(text, FILE).state!;

interface Source {
  readonly text: string;
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const dataset = fc.record(
  {
    id: name,
    path: fc.oneof(name, fc.array(name, { minLength: 1, maxLength: 2 })),
    prompt: name,
    where: fc.record({ k: fc.array(fc.constantFrom('v', 1, null), { minLength: 1, maxLength: 3 }) }),
    notOurs: fc.constantFrom(null, {}, [], [[1], { x: '// no comment' }]),
  },
  { requiredKeys: ['id', 'path'] },
);
const experiment = fc.record(
  {
    name: fc.constantFrom('x', '/* no comment */', 'a"b\\'),
    model: name,
    datasets: fc.uniqueArray(dataset, { selector: ({ id }) => id, maxLength: 4 }),
    utility: fc.record({ id: fc.constant('utility'), path: name }),
    sampling: fc.record({ count: fc.integer({ min: 1, max: 99 }) }, { requiredKeys: [] }),
    methods: fc.subarray([
      { method: 'snip', topFraction: 0.1 },
      { method: 'wanda' },
      { method: 'safeNeuron', projections: ['q'] },
    ]),
    notOurs: fc.constantFrom({ y: [1, { z: '],}' }] }, 7),
  },
  { requiredKeys: ['datasets'] },
);

/** Tokens with random white space and numbered comments between them. */
function write(gap: () => string, comma: () => boolean, node: unknown): string {
  const container = (open: string, close: string, children: string[]): string => {
    const separated = children.map((child, i) => {
      const hasComma = i < children.length - 1 || comma();
      return `${gap()}${child}${gap()}${hasComma ? ',' : ''}`;
    });
    return `${open}${separated.join('')}${gap()}${close}`;
  };
  if (Array.isArray(node))
    return container(
      '[',
      ']',
      node.map((own) => write(gap, comma, own)),
    );
  if (typeof node !== 'object' || node === null) return JSON.stringify(node);
  const properties = Object.entries(node).map(
    ([key, own]) => `${JSON.stringify(key)}${gap()}:${gap()}${write(gap, comma, own)}`,
  );
  return container('{', '}', properties);
}

const source: fc.Arbitrary<Source> = fc
  .record({
    experiment,
    lineEnd: fc.constantFrom('\n', '\r\n'),
    indent: fc.constantFrom('  ', '\t', '    '),
    gaps: fc.infiniteStream(fc.nat(9)),
    commas: fc.infiniteStream(fc.boolean()),
  })
  .map(({ experiment: own, lineEnd, indent, gaps, commas }) => {
    let count = 0;
    const next = <T>(stream: Iterator<T>): T => stream.next().value as T;
    const gap = (): string => {
      const number = `#${count++}#`;
      const kinds = ['', '', '', ' ', `${lineEnd}${indent}`, `${lineEnd}${indent}${indent}`, lineEnd];
      const withComments = [
        `/* ${number} ,] */`,
        ` // ${number} },{${lineEnd}${indent}`,
        `${lineEnd}/*${lineEnd}${number} */ `,
      ];
      return [...kinds, ...withComments][next(gaps)] ?? '';
    };
    return { text: write(gap, () => next(commas), own) };
  });

const anEdit = fc.oneof(
  fc.record({ kind: fc.constant('addDataset' as const), dataset: fc.record({ path: name }) }),
  fc.record({ kind: fc.constant('drop' as const), at: fc.nat(5) }),
  fc.record({
    kind: fc.constant('utility' as const),
    dataset: fc.option(fc.record({ path: name, response: name })),
  }),
  fc.record({
    kind: fc.constant('method' as const),
    method: fc.constantFrom('snip', 'wanda', 'safeNeuron', 'nlsr'),
    isOn: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('setting' as const),
    group: fc.constant('sampling' as const),
    name: fc.constantFrom('count', 'seed'),
    value: fc.option(fc.integer({ min: 1, max: 99 })),
  }),
  fc.record({
    kind: fc.constant('text' as const),
    field: fc.constantFrom('name' as const, 'model' as const),
    value: fc.string(),
  }),
);
type AnEdit = typeof anEdit extends fc.Arbitrary<infer T> ? T : never;

function toEdit(edit: AnEdit, { datasets }: SetupState): SetupEdit | null {
  if (edit.kind !== 'drop') return edit;
  const index = edit.at % Math.max(1, datasets.length);
  const own = datasets[index];
  return own ? { kind: 'removeDataset', index, id: own.id } : null;
}

/** What an edit means, on the parsed value: written apart from the edits of the text. */
function applied(
  before: Record<string, unknown>,
  edit: SetupEdit,
  after: SetupState,
): Record<string, unknown> {
  const datasets = before.datasets as { id: string }[];
  switch (edit.kind) {
    case 'addDataset':
      return { ...before, datasets: [...datasets, { id: after.datasets.at(-1)!.id, ...edit.dataset }] };
    case 'removeDataset':
      return { ...before, datasets: datasets.filter((_, i) => i !== edit.index) };
    case 'utility': {
      const { utility, ...rest } = before;
      if (!edit.dataset) return rest;
      const isSame = (utility as { path: string } | undefined)?.path === edit.dataset.path;
      return { ...before, utility: isSame ? utility : { id: after.utility!.id, ...edit.dataset } };
    }
    case 'method': {
      const methods = (before.methods ?? []) as { method: string }[];
      const isOn = methods.some(({ method }) => method === edit.method);
      if (isOn === edit.isOn) return before;
      const others = methods.filter(({ method }) => method !== edit.method);
      return { ...before, methods: isOn ? others : [...others, { method: edit.method }] };
    }
    case 'setting': {
      const { [edit.name]: own, ...rest } = (before.sampling ?? {}) as Record<string, unknown>;
      if (edit.value !== null) return { ...before, sampling: { ...rest, [edit.name]: edit.value } };
      return own === undefined ? before : { ...before, sampling: rest };
    }
    case 'text':
      return { ...before, [edit.field]: edit.value };
    case 'methodSetting':
      throw new Error('not made here');
  }
}

describe('edits of an experiment in any style', () => {
  it('change exactly what they are about, one after the other, and the tab shows it', () => {
    fc.assert(
      fc.property(source, fc.array(anEdit, { maxLength: 6 }), ({ text: first }, edits) => {
        let text = first;
        for (const one of edits) {
          const edit = toEdit(one, stateOf(text));
          if (!edit) continue;
          const next = edited(text, edit);
          const state = stateOf(next);
          expect(value(next)).toEqual(applied(value(text), edit, state));
          expect(state.datasets.map(({ id }) => id)).toEqual(
            (value(next).datasets as { id: string }[]).map(({ id }) => id),
          );
          expect(new Set(state.datasets.map(({ id }) => id)).size).toBe(state.datasets.length);
          text = next;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keep every comment outside of what they take out, in order, and lines end as they did', () => {
    fc.assert(
      fc.property(source, anEdit, ({ text }, one) => {
        const edit = toEdit(one, stateOf(text));
        if (!edit) return;
        const next = edited(text, edit);
        const kept = comments(next);
        const before = comments(text);
        // What lies inside an entry goes with it: those of an edit's own cuts.
        const cut = setupEdits(text, FILE, edit).flatMap(({ offset, length }) =>
          comments(text.slice(offset, offset + length)),
        );
        expect(kept).toEqual(before.filter((own) => !cut.includes(own)));
        const isTaking = edit.kind === 'setting' ? edit.value === null : edit.kind === 'removeDataset';
        if (!isTaking && edit.kind !== 'utility' && edit.kind !== 'method') expect(cut).toEqual([]);
        if (text.includes('\r\n')) expect(next).not.toMatch(/(?<!\r)\n/);
        else expect(next).not.toContain('\r');
      }),
      { numRuns: 200 },
    );
  });

  it('ticked and unticked, a dataset leaves the text as it was, but for spaces', () => {
    const plain = (text: string): string => text.replace(/[ \t]+/g, '');
    fc.assert(
      fc.property(source, name, ({ text }, path) => {
        const { datasets } = stateOf(text);
        fc.pre(datasets.length > 0);
        const ticked = edited(text, { kind: 'addDataset', dataset: { path } });
        const { id } = stateOf(ticked).datasets.at(-1)!;
        const index = datasets.length;
        expect(plain(edited(ticked, { kind: 'removeDataset', index, id }))).toBe(plain(text));
      }),
      { numRuns: 200 },
    );
  });
});
