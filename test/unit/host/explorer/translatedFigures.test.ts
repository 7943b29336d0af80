/** Figures that the editor shows are in its language. */
import { describe, expect, it } from 'vitest';
import { cosineChart, angleChart, alphaChart, sweepChart } from '../../../../src/core/report/layerCharts';
import { densityChart, energyChart } from '../../../../src/core/report/adapterCharts';
import { figureOf } from '../../../../src/core/report/figureOf';
import type { Figure } from '../../../../src/core/report/figure';
import { lineChart } from '../../../../src/core/report/lineChart';
import { neuronCharts } from '../../../../src/core/report/neuronCharts';
import { english, type Translate } from '../../../../src/core/report/translate';
import { answerQuery } from '../../../../src/host/explorer/answerQuery';
import { loadOverview } from '../../../../src/host/explorer/loadOverview';
import { ShownRuns } from '../../../../src/host/explorer/shownRuns';
import { adapterReport } from '../../../../src/protocol/explorer/adapterReports';
import { layerReport } from '../../../../src/protocol/explorer/layerReports';
import { checkedAnswer } from '../../../../src/protocol/explorer/queries';
import {
  cannedAdapterReport,
  cannedLayerReport,
  cannedNeuronReport,
} from '../../../vscode/harness/cannedReports';
import { addMeasuredRun } from '../../../vscode/harness/cannedMeasured';
import { temporaryFolder } from '../../store/testRuns';

/** A language whose words are known by their marks. */
const marked: Translate = (message, ...args) => `\u00ab${english(message, ...args)}\u00bb`;

/** Names of things, which are the same in every language. */
const isName = (text: string): boolean =>
  /^(?:|[AB]|D\w?\d?|Pearson|Spearman|Mantel p|alpha|[\d.e-]+)$/.test(text);

/** What people read of it, without values and names. */
function untranslated({ title, caption, svg, table }: Figure): string[] {
  const drawn = [...svg.text.matchAll(/<text class="axis"[^>]*>([^<]*)</g)].map(([, text = '']) => text);
  return [title, caption, ...table.head, ...drawn].filter(
    (text) => !text.includes('\u00ab') && !isName(text),
  );
}

describe('figures of the editor', async () => {
  const runs = new ShownRuns([
    await addMeasuredRun(await temporaryFolder(), 'measured', '2026-03-02T10:00:00.000Z'),
  ]);
  const { signal } = new AbortController();

  it.each(['convergenceFigures', 'floorFigures', 'similarityFigures'] as const)(
    'of the query %s are in its language',
    async (name) => {
      const context = { runs, signal, l10n: { t: marked } };
      const answer = checkedAnswer(name, await answerQuery(name, { method: 'snip' }, context));
      if ('fault' in answer) throw new Error(answer.fault);
      const { figures, tables } = answer.data;
      expect(figures.length).toBeGreaterThan(0);
      const found = [
        ...figures.flatMap(({ plot, table }) => untranslated({ ...figureOf(plot, marked), table })),
        ...tables.flatMap(({ title, table }) =>
          [title, ...table.head].filter((text) => !/\u00ab/.test(text)),
        ),
      ];
      expect(found.filter((text) => !isName(text))).toEqual([]);
    },
  );

  it('of what methods leave beside their regions are, too', () => {
    const layers = layerReport.parse(cannedLayerReport('D0', 'Du'));
    const adapter = adapterReport.parse(cannedAdapterReport('D0'));
    const neurons = cannedNeuronReport('D0', { q: [3, 0], ffn: [5, 7] });
    const charts = [
      cosineChart(layers, marked),
      angleChart(layers, marked),
      ...[sweepChart(layers, 'D0', marked), alphaChart(layers, 'D0', marked)].filter((of) => of !== null),
      energyChart(adapter, marked),
      densityChart(adapter, marked),
      ...neuronCharts(neurons, null, marked),
    ];
    expect(charts.flatMap((options) => untranslated(lineChart(options)))).toEqual([]);
  });

  it('have the facts of a run beside them in it', async () => {
    const { facts } = await loadOverview(runs.dirs, marked);
    expect(facts.filter(({ label }) => !label.startsWith('\u00ab'))).toEqual([]);
  });
});
