import { t } from '../l10n';
import { figuresView } from './figuresView';

/** The reports' curves are logarithmic; here that is a switch. */
export const convergence = figuresView({
  id: 'convergence',
  title: t('Convergence'),
  query: 'convergenceFigures',
  isFor: (run) => run.methods.some(({ regions }) => regions.length > 1),
  switches: ['logScale'],
  adapt: (plot, { logScale }) =>
    plot.kind === 'line' && !logScale
      ? { ...plot, options: { ...plot.options, isLog: false, yRange: [0, 1], yTitle: t('n-way IoU') } }
      : plot,
});
