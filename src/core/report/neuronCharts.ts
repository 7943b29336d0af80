/** Sizes of SafeNeuron's regions by layer, a chart for each type of neuron. */
import type { NeuronReportView } from '../../protocol/explorer/neuronSizes';
import { NEURON_TYPES, type NeuronType } from '../model/unitNames';
import type { LineChartOptions, Series } from './lineChart';

const NEURONS_ARE: Readonly<Record<NeuronType, string>> = {
  q: 'rows of q_proj',
  k: 'rows of k_proj',
  v: 'rows of v_proj',
  o: 'columns of o_proj',
  ffn: 'rows of gate_proj and up_proj with columns of down_proj',
};

export const neuronTypes = ({ layers }: NeuronReportView): NeuronType[] =>
  NEURON_TYPES.filter((type) => layers.some(({ types }) => Object.hasOwn(types, type)));

/** @param utility the utility set's, drawn beside it; null where there is none, or `report` is it */
export function neuronCharts(report: NeuronReportView, utility: NeuronReportView | null): LineChartOptions[] {
  return neuronTypes(report).map((type) => {
    const sizes = (of: NeuronReportView): (number | null)[] =>
      report.layers.map(({ layer }) => partOf(of, layer, type)?.size ?? null);
    const first = partOf(report, report.layers[0]?.layer ?? 0, type);
    const series: Series[] = [
      { label: report.dataset, values: sizes(report), colour: 1, marker: 'circle' },
      ...(utility
        ? [
            {
              label: `${utility.dataset} (utility)`,
              values: sizes(utility),
              colour: 2,
              marker: 'triangle' as const,
            },
          ]
        : []),
      {
        label: 'chance',
        values: report.layers.map(({ layer }) => partOf(report, layer, type)?.expectedAtRandom ?? null),
        colour: 1,
        isFloor: true,
      },
    ];
    return {
      title: `Neurons of type ${type}, ${report.dataset}`,
      caption:
        `${NEURONS_ARE[type][0]?.toUpperCase() ?? ''}${NEURONS_ARE[type].slice(1)}, ${first?.neurons ?? 0} a layer. ` +
        'Chance: had every prompt kept its neurons at random.',
      x: report.layers.map(({ layer }) => String(layer)),
      xTitle: 'layer',
      yTitle: 'neurons',
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
