import { beforeAll, describe, expect, it } from 'vitest';
import { overlapRegions } from '../../../src/core/masks/overlap';
import type { OverlapReport } from '../../../src/core/masks/overlapReport';
import { procedureFloor } from '../../../src/core/masks/procedureFloor';
import { parseUnitName } from '../../../src/core/model/unitNames';
import { parseParamName } from '../../../src/core/model/paramNames';
import { renderLatex } from '../../../src/cli/tables/renderLatex';
import { formatOverlap, OVERLAP_FORMATS } from '../../../src/cli/tables/formatOverlap';
import { ratioText } from '../../../src/cli/tables/numberText';
import { numberTextOf, parseCsv } from './csv';
import { source } from './sets';

const UNIVERSE = { 'model.layers.0.mlp.up_proj.weight': 40, 'model.layers.10.mlp.up_proj.weight': 40 };
const [UP0, UP10] = ['model.layers.0.mlp.up_proj.weight', 'model.layers.10.mlp.up_proj.weight'] as const;
const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

async function reportOf(ids: string[], sizes: number[]): Promise<OverlapReport> {
  const regions = ids.map((id, i) =>
    source(id, UNIVERSE, { [UP0]: range(i, sizes[i]!), [UP10]: range(2 * i, 4) }),
  );
  const utility = source('Du', UNIVERSE, { [UP0]: range(0, 2) });
  const snip = await overlapRegions(regions, { locate: parseParamName, utility, notes: ['A note.'] });
  return { schemaVersion: 1, methods: { snip }, leftOut: [], crossMethod: null };
}

describe('formatOverlap', () => {
  let report: OverlapReport;
  beforeAll(async () => {
    report = await reportOf(['D0', 'D1', 'D2'], [4, 4, 8]);
  });

  it('json is the report', () => {
    expect(JSON.parse(formatOverlap(report, 'json'))).toEqual(report);
  });

  it('text follows every IoU matrix by its random floor', () => {
    const text = formatOverlap(report, 'text');
    const titles = ['(micro)', '(macro: mean over modules)'].flatMap((kind) =>
      ['', ' outside the utility region'].map((where) => `Pairwise IoU${where} ${kind}`),
    );
    for (const title of titles) {
      const at = text.indexOf(`\n${title}\n`);
      expect(at, title).toBeGreaterThan(0);
      expect(text.slice(at).indexOf(`Random floor of: ${title}`), title).toBeGreaterThan(0);
    }
    expect(text).toContain('snip: 3 regions, universe 80 weights');
    expect(text).toMatch(/A note\.$/);
    for (const line of text.split('\n')) expect(line).toBe(line.trimEnd());
  });

  it('has the plateau of every curve beside its random one, in every format', () => {
    const { convergence } = report.methods['snip']!;
    const text = formatOverlap(report, 'text');
    expect(text).toContain('Plateaus of the n-way curves');
    expect(text).toMatch(/all orders outside the utility region +0?\.?\d/);
    const rows = parseCsv(formatOverlap(report, 'csv'));
    const row = (measure: string, group: string) =>
      rows.find((cells) => cells[1] === measure && cells[2] === group);
    const { fit, randomFit } = convergence.isoUtility!.allOrders;
    expect(row('isoPlateau', 'allOrders')?.slice(5)).toEqual(
      ['3', fit!.plateau, randomFit!.plateau].map(String),
    );
    expect(row('state', 'forward')?.slice(5)).toEqual(['3', 'unclear', 'unclear']);
    const held = rows.filter((cells) => cells[1] === 'unitsInExactly').map((cells) => Number(cells[6]));
    expect(held).toEqual(convergence.heldBy);
    for (const format of ['markdown', 'latex'] as const) {
      expect(formatOverlap(report, format)).toContain('Plateaus of the n-way curves');
    }
  });

  it('text columns end under their heads', () => {
    const text = formatOverlap(report, 'text');
    const [, table] = text.split('Pairwise IoU (micro)\n');
    const [head, first, second] = table!.split('\n');
    expect(head!.length).toBe(first!.length);
    expect(first!.length).toBe(second!.length);
    expect(first).toMatch(/^ {2}D0 +1 +0\.\d{4} +0\.\d{4}$/);
  });

  it('says a floor once where it is one number for all pairs', async () => {
    const text = formatOverlap(await reportOf(['D0', 'D1', 'D2'], [4, 4, 4]), 'text');
    const floor = report.methods['snip']!.baselines.randomPairwise[0]![1]!.toFixed(4);
    expect(text).toContain(`Random floor: ${floor} for every pair.`);
    expect(text).not.toContain('Random floor of: Pairwise IoU (micro)');
  });

  it('csv holds every number, pairs once, with the floor beside', () => {
    const [head, ...rows] = parseCsv(formatOverlap(report, 'csv'));
    expect(head).toEqual(['method', 'measure', 'group', 'a', 'b', 'n', 'value', 'random']);
    const { snip } = report.methods;
    const row = (measure: string, group: string, a: string, b: string) =>
      rows.filter((cells) => cells.slice(1, 5).join('|') === [measure, group, a, b].join('|'));
    const numbers = (value: number | null, random: number | null) => [
      numberTextOf(value),
      numberTextOf(random),
    ];
    expect(row('iou', '', 'D0', 'D2').map((cells) => cells.slice(5))).toEqual([
      ['2', ...numbers(snip!.pairwise[0]![2]!, snip!.baselines.randomPairwise[0]![2]!)],
    ]);
    expect(row('iou', '', 'D2', 'D0')).toEqual([]);
    expect(row('backward', '', 'D2', 'D0')[0]!.slice(5)).toEqual([
      '3',
      ...numbers(snip!.backward[2]!, snip!.baselines.randomBackward[2]!),
    ]);
    expect(row('iouByLayer', '10', 'D0', 'D1')[0]!.slice(6)).toEqual(
      numbers(snip!.byLayer['10']!.pairwise[0]![1]!, snip!.byLayer['10']!.randomPairwise[0]![1]!),
    );
    expect(row('isolatedSize', '', 'D0', '')[0]![6]).toBe(String(snip!.regions[0]!.isolatedSize));
    expect(rows.every((cells) => cells.length === 8)).toBe(true);
  });

  it('markdown tables have one width', () => {
    const tables = formatOverlap(report, 'markdown')
      .split('\n\n')
      .filter((part) => part.startsWith('|'));
    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables) {
      const [head, rule, ...rows] = table.split('\n').map((line) => line.split('|').length);
      expect([rule, ...rows]).toEqual([rule, ...rows].map(() => head));
    }
  });

  it('numbers of either sign have four decimals, where these show them', () => {
    expect([0.25, -0.25, -0.0004, 0.0004, 0, 1, null].map(ratioText)).toEqual([
      '0.2500',
      '-0.2500',
      '-4.0e-4',
      '4.0e-4',
      '0',
      '1',
      '-',
    ]);
  });

  it('latex tables are booktabs, with as many cells as columns', () => {
    const latex = formatOverlap(report, 'latex');
    const tables = [...latex.matchAll(/\\begin\{tabular\}\{(l r*|lr*)\}([\s\S]*?)\\end\{tabular\}/g)];
    expect(tables.length).toBe(latex.split('\\begin{table}').length - 1);
    // Without it LaTeX gives up on the tables of two methods: it sets none while no text stands between them.
    expect(latex.trimEnd().endsWith('\\clearpage')).toBe(true);
    for (const [, columns, body] of tables) {
      expect(body).toContain('\\toprule');
      const lines = body!.split('\n').filter((line) => line.endsWith('\\\\'));
      expect(lines.length).toBeGreaterThan(1);
      for (const line of lines) expect(line.split(' & ').length).toBe(columns!.length);
    }
  });

  it('latex sets signs and powers of ten as mathematics, and nothing else', () => {
    const row = ['D-1', '-0.053', '7.8e-4', '-1.2e-10', '-1,234', '1,234', '-', '-D1', '1e'];
    const latex = renderLatex([
      { heading: 'snip', tables: [{ title: 'T', head: row.map(() => 'x'), rows: [row] }] },
    ]);
    expect(latex).toContain(
      'D-1 & $-0.053$ & $7.8 \\times 10^{-4}$ & $-1.2 \\times 10^{-10}$ & $-1{,}234$ & 1,234 & - & -D1 & 1e ',
    );
  });

  it('latex keeps wide tables in the column, long ones on their pages, sentences in lines', () => {
    const wide = {
      title: 'Wide',
      head: Array.from({ length: 30 }, String),
      rows: [range(0, 30).map(String)],
    };
    const long = {
      title: 'Long',
      head: ['layer', 'IoU'],
      rows: range(0, 80).map((row) => [`${row}`, '1']),
      note: 'Said once.',
    };
    const why = { title: 'Left out', head: ['method', 'why'], rows: [['snip', 'word '.repeat(20)]] };
    const latex = renderLatex([{ heading: 'snip', tables: [wide, long, why] }]);
    const tables = latex.split('\\begin{table}').slice(1);
    expect(tables.map((table) => table.split('\\\\\n').length - 2)).toEqual([1, 36, 36, 8, 1]);
    for (const table of tables) {
      const [, fitted] = table.split(
        '\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n',
      );
      expect(fitted).toMatch(/^ *\\begin\{tabular\}[\s\S]*\\end\{tabular\}\}\n\\end\{table\}/);
    }
    expect(latex.match(/snip\. Long \(\d of 3\)\./g)).toHaveLength(3);
    expect(tables.map((table) => table.includes('Said once.'))).toEqual([false, false, false, true, false]);
    expect(tables[4]).toContain('{lp{0.7\\linewidth}}');
  });

  it('numbers the columns of long ids, and keeps hostile ids harmless', async () => {
    const hostile = 'run-2026,"x"|y_z\u001b[31m\n&%$#{}~^\\';
    const odd = await reportOf([hostile, 'another-long-name'], [4, 5]);
    const text = formatOverlap(odd, 'text');
    expect(text).toMatch(/\n {2} +\[1\] +\[2\]\n {2}\[1\] run-2026/);
    for (const format of ['text', 'markdown', 'latex'] as const) {
      expect(formatOverlap(odd, format)).not.toContain('\u001b');
    }
    expect(formatOverlap(odd, 'latex')).toContain(
      'y\\_z?{[}31m?\\&\\%\\$\\#\\{\\}\\textasciitilde{}\\textasciicircum{}\\textbackslash{}',
    );
    expect(formatOverlap(odd, 'latex')).toContain('\\textbar{}y\\_z');
    expect(formatOverlap(odd, 'markdown')).toContain('\\|y\\_z');
    expect(parseCsv(formatOverlap(odd, 'csv')).some((cells) => cells[3] === hostile)).toBe(true);
  });

  it('shows one region, and empty ones, without inventing numbers', async () => {
    const one = await reportOf(['D0'], [4]);
    expect(formatOverlap(one, 'text')).not.toContain('Pairwise');
    const regions = ['D0', 'D1'].map((id) => source(id, UNIVERSE, {}));
    const snip = await overlapRegions(regions, { locate: parseParamName });
    const empty: OverlapReport = { schemaVersion: 1, methods: { snip }, leftOut: [], crossMethod: null };
    expect(formatOverlap(empty, 'text')).toMatch(/Pairwise IoU \(micro\)\n.*\n {2}D0 +- +-\n/);
    expect(
      parseCsv(formatOverlap(empty, 'csv'))
        .find((cells) => cells[1] === 'iou')!
        .slice(6),
    ).toEqual(['', '']);
  });

  it('shows heads, the own floor of neurons, the order and methods against one another', async () => {
    const name = 'model.layers.2.q';
    const regions = [[0, 1, 9], [1, 9], [8]].map((units, i) =>
      source(`D${i}`, { [name]: 16 }, { [name]: units }),
    );
    const neurons = await overlapRegions(regions, {
      locate: parseUnitName,
      payload: 'neurons',
      heads: { heads: 2, kvHeads: 1, headDim: 8 },
      order: [2, 0, 1],
    });
    const setting = { keepFraction: 0.25, promptShare: 1, prompts: 2 };
    const randomProcedure = procedureFloor(
      [{ units: 16, ranked: 16 }],
      [setting, setting, setting],
      [2, 0, 1],
    );
    const matrix = [[1, 0.5], [0.5, 1]]; // prettier-ignore
    const whole: OverlapReport = {
      schemaVersion: 1,
      methods: { safeNeuron: { ...neurons, baselines: { ...neurons.baselines, randomProcedure } } },
      leftOut: [],
      crossMethod: {
        unit: 'weight',
        universe: 100,
        methods: ['snip', 'safeNeuron'],
        leftOut: [{ method: 'nlsr', reason: 'it is no set of weights' }],
        datasets: {
          D7: {
            sizes: [5, 12],
            pairwise: matrix,
            randomPairwise: matrix,
            overlapCoefficient: matrix,
            randomOverlapCoefficient: matrix,
          },
        },
        notes: ['In weights.'],
      },
    };
    const text = formatOverlap(whole, 'text');
    expect(text).toContain('safeNeuron: 3 regions, universe 16 neurons');
    expect(text).toMatch(/\n {2}1 +D2 +1 +1 +D1 +1 +1\n/);
    expect(text).toMatch(/\n {2}2\.q\.1 +0\.\d{4} +0\.\d{4}\n/);
    expect(text).toMatch(/at random\n {2}region +expected size\n {2}D0 +1\n/);
    expect(text).toContain('Methods against one another, universe 100 weights');
    expect(text).toMatch(/In weights\. nlsr is left out: it is no set of weights\.$/);
    const rows = parseCsv(formatOverlap(whole, 'csv'));
    const found = (...cells: string[]): string[] | undefined =>
      rows.find((row) => cells.every((cell, i) => row[i] === cell));
    expect(found('', 'iouOfMethods', 'D7', 'snip', 'safeNeuron')?.slice(5)).toEqual(['2', '0.5', '0.5']);
    expect(found('', 'sizeInWeights', 'D7', 'safeNeuron')?.[6]).toBe('12');
    expect(found('safeNeuron', 'forward', '', 'D2', 'D0')?.[5]).toBe('2');
    expect(found('safeNeuron', 'iouByHead', '2.q.1', 'D0', 'D1')?.[6]).toBe('1');
    expect(found('safeNeuron', 'expectedSizeByProcedure', '', 'D0')?.[6]).toBe('1');
    const procedure = found('safeNeuron', 'iouByProcedure', '', 'D0', 'D1')!;
    expect(procedure[6]).toBe('');
    expect(Number(procedure[7])).toBeCloseTo(1 / 31, 12);
    for (const format of ['markdown', 'latex'] as const)
      expect(formatOverlap(whole, format)).toContain('2.q.1');
  });

  it('does not end in a line break', () => {
    for (const format of OVERLAP_FORMATS) expect(formatOverlap(report, format)).not.toMatch(/\n$/);
  });
});
