/** Sizes of SafeNeuron's regions by layer, a chart for each type of neuron. */
import type { NeuronReportView } from '../../protocol/explorer/neuronSizes';
import { NEURON_TYPES, type NeuronType } from '../model/unitNames';
import type { LineChartOptions, Series } from './lineChart';
import type { Translate } from './translate';

function neuronsAre(type: NeuronType, t: Translate): string {
  switch (type) {
    case 'q':
      return t('Rows of q_proj');
    case 'k':
      return t('Rows of k_proj');
    case 'v':
      return t('Rows of v_proj');
    case 'o':
      return t('Columns of o_proj');
    case 'ffn':
      return t('Rows of gate_proj and up_proj with columns of down_proj');
  }
}

export const neuronTypes = ({ layers }: NeuronReportView): NeuronType[] =>
  NEURON_TYPES.filter((type) => layers.some(({ types }) => Object.hasOwn(types, type)));

/** @param utility the utility set's, drawn beside it; null where there is none, or `report` is it */
export function neuronCharts(
  report: NeuronReportView,
  utility: NeuronReportView | null,
  t: Translate,
): LineChartOptions[] {
  return neuronTypes(report).map((type) => {
    const sizes = (of: NeuronReportView): (number | null)[] =>
      report.layers.map(({ layer }) => partOf(of, layer, type)?.size ?? null);
    const first = partOf(report, report.layers[0]?.layer ?? 0, type);
    const series: Series[] = [
      { label: report.dataset, values: sizes(report), colour: 1, marker: 'circle' },
      ...(utility
        ? [
            {
              label: t('{0} (utility)', utility.dataset),
              values: sizes(utility),
              colour: 2,
              marker: 'triangle' as const,
            },
          ]
        : []),
      {
        label: t('chance'),
        values: report.layers.map(({ layer }) => partOf(report, layer, type)?.expectedAtRandom ?? null),
        colour: 1,
        isFloor: true,
      },
    ];
    return {
      title: t('Neurons of type {0}, {1}', type, report.dataset),
      caption:
        t('{0}, {1} a layer.', neuronsAre(type, t), first?.neurons ?? 0) +
        ` ${t('Chance: had every prompt kept its neurons at random.')}`,
      x: report.layers.map(({ layer }) => String(layer)),
      xTitle: t('layer'),
      yTitle: t('neurons'),
      series,
    };
  });
}

const partOf = (
  { layers }: NeuronReportView,
  layer: number,
  type: NeuronType,
): NeuronReportView['layers'][number]['types'][string] | undefined =>
  layers.find((one) => one.layer === layer)?.types[type];
