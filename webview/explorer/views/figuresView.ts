/** A view that is made of the figures of one query. */
import { figureOf } from '../../../src/core/report/figureOf';
import type { Plot } from '../../../src/core/report/figure';
import type { SentFigures } from '../../../src/protocol/explorer/figures';
import { answerSlot } from '../answerSlot';
import { element } from '../dom';
import { still, type Drawn } from '../drawn';
import { figurePanel, tablePanel } from '../figurePanel';
import { t } from '../l10n';
import { panelOptions } from '../stageFigure';
import { drawnOf } from './drawnOf';
import { everyMethod, type Switches, type View, type ViewContext } from './view';

export interface FiguresViewOptions extends Pick<View, 'id' | 'title' | 'isFor' | 'switches'> {
  readonly query: 'convergenceFigures' | 'floorFigures' | 'similarityFigures';
  /** What the switches make of a plot. */
  readonly adapt?: (plot: Plot, switches: Switches) => Plot;
}

export const figuresView = ({ query, adapt = (plot) => plot, ...view }: FiguresViewOptions): View => ({
  ...view,
  methodsOf: everyMethod,
  render(context) {
    const slot = answerSlot(context, query, (answer) => show(context, answer, adapt));
    if (context.method) slot.ask({ method: context.method.id });
    return slot;
  },
});

function show(
  context: ViewContext,
  { figures, tables }: SentFigures,
  adapt: NonNullable<FiguresViewOptions['adapt']>,
): Drawn {
  const title = context.method?.title ?? '';
  const options = panelOptions(context);
  const pictures = figures.map(({ plot, table }) => {
    const figure = { ...figureOf(adapt(plot, context.switches), t), table };
    return figurePanel({ ...figure, title: `${title}: ${figure.title}` }, options);
  });
  const numbers = tables.map((of) => tablePanel({ ...of, title: `${title}: ${of.title}` }, options));
  const nothing = element('p', { class: 'lead' }, t('This method has nothing to show here.'));
  return pictures.length + numbers.length === 0 ? still(nothing) : drawnOf([], [...pictures, ...numbers]);
}
