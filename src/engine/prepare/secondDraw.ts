import { safeNeuron } from '../../core/methods/safeNeuron';
import { isWeightSettings, type Experiment } from '../../core/run/experiment';
import { isSecondDraw } from '../../core/run/replicates';

export type SecondDrawSettings = Pick<Experiment, 'methods' | 'replicates'>;

/** Are there methods that have regions of parts of the samples? */
export const wantsSecondDraw = ({ methods, replicates }: SecondDrawSettings): boolean =>
  replicates?.secondDraw === true &&
  methods.some((settings) => isWeightSettings(settings) || settings.method === safeNeuron.id);

/** The datasets of the experiment: a second draw has no region of its own right. */
export const firstDraws = <T extends { readonly id: string }>(datasets: readonly T[]): T[] =>
  datasets.filter(({ id }) => !isSecondDraw(id));
