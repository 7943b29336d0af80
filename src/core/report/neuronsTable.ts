import type { NeuronRow } from '../../protocol/explorer/neuronList';
import type { Cell, DataTable } from './figure';

/** Of a list of neurons: a row for each row or column of the model that a neuron is. */
export const neuronsTable = (neurons: readonly NeuronRow[]): DataTable => ({
  head: ['layer', 'type', 'index', 'datasets', 'parameter', 'axis', 'at'],
  rows: neurons.flatMap(({ layer, type, index, heldBy, places }): Cell[][] => {
    const neuron = [layer, type, index, heldBy];
    return places.length === 0
      ? [[...neuron, null, null, null]]
      : places.map((place) => [...neuron, place.name, place.axis, place.index]);
  }),
});
