/** All layers: a grid of layers and modules, and one of layers and heads for q, k, v and o each. */
import type { CountGridAnswer } from '../../../../src/protocol/explorer/maskQuery';
import { answerSlot } from '../../answerSlot';
import { t } from '../../l10n';
import { together, type Drawn } from '../../drawn';
import { element } from '../../dom';
import { maskFigure } from './maskFigure';
import type { LevelContext } from './maskLevels';
import { choiceText, layerTitle } from './maskWords';

export function allLevel(context: LevelContext): Drawn {
  const { density, choice, view } = context;
  const modules = gridFigure(context, density.grid, {
    title: t('Density by layer and module'),
    caption: t('Share of each module that is in {0}.', choiceText(choice)),
    columnHead: t('Module'),
    isFirst: true,
  });
  const heads = answerSlot(view, 'headDensity', (answer) => {
    const grids = answer.heads.map((grid) =>
      gridFigure(context, grid, {
        title: t('Density by layer and head of {0}', grid.key),
        caption: t('Share of each head of {0} that is in {1}.', grid.key, choiceText(choice)),
        columnHead: t('Head'),
        columnName: (head) => t('head {0}', head),
        isFirst: false,
      }),
    );
    return together(element('div', { class: 'figures' }, ...grids.map(({ root }) => root)), grids);
  });
  heads.ask(choice);
  return together(element('div', {}, modules.root, heads.root), [modules, heads]);
}

interface GridWords {
  readonly title: string;
  readonly caption: string;
  readonly columnHead: string;
  readonly columnName?: (column: string) => string;
  readonly isFirst: boolean;
}

function gridFigure(
  context: LevelContext,
  { layers, columns, sizes, units }: CountGridAnswer,
  { title, caption, columnHead, columnName = (column) => column, isFirst }: GridWords,
): Drawn {
  const { from, go } = context;
  const rows = layers.map(layerTitle);
  const begun = from === null || from.level === 'all' ? -1 : layers.indexOf(from.layer);
  return maskFigure(context, {
    grid: { rows, columns, sizes, units },
    words: {
      title,
      caption,
      heads: [t('Layer'), columnHead],
      names: { rows, columns: columns.map(columnName) },
    },
    onEnter: (row, column) => go({ level: 'layer', layer: layers[row] ?? null, at: columns[column] }),
    start: { row: Math.max(0, begun), column: 0 },
    isFirst,
  });
}
