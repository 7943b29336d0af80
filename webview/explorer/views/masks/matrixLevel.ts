/** One matrix, or a window of it, tile by tile, and the parameter that it is. */
import type { MaskMatrix } from '../../../../src/protocol/explorer/densityGrid';
import type { Answer } from '../../../../src/protocol/explorer/queries';
import { rangeTexts } from '../../../../src/core/report/maskFigures';
import { answerSlot } from '../../answerSlot';
import { t } from '../../l10n';
import { element } from '../../dom';
import { still, together, type Drawn } from '../../drawn';
import { maskFigure } from './maskFigure';
import type { LevelContext } from './maskLevels';
import type { MatrixPlace, MatrixWindow } from './maskMemory';
import { choiceText, windowText } from './maskWords';
import { parameterBox } from './parameterBox';

export function matrixLevel(context: LevelContext, place: MatrixPlace): Drawn {
  const { choice, density, view } = context;
  const { layer, matrix: label, windows } = place;
  const matrix = density.matrices.find((one) => one.layer === layer && one.label === label);
  if (!matrix) return still(element('div', {}));
  const tiles = answerSlot(view, 'tileMap', (answer) => tileFigure(context, place, matrix, answer));
  tiles.ask({ ...choice, layer, matrix: label, window: windows.at(-1) ?? null });
  return together(element('div', {}, tiles.root, parameterBox(view, choice, matrix)), [tiles]);
}

function tileFigure(
  context: LevelContext,
  place: MatrixPlace,
  matrix: MaskMatrix,
  { rowEdges, columnEdges, sizes, units }: Answer<'tileMap'>,
): Drawn {
  const { choice, from, go } = context;
  const window = place.windows.at(-1);
  const starts = (edges: readonly number[]): string[] => edges.slice(0, -1).map(String);
  const what = window ? `${matrix.parameter}, ${windowText(window)}` : matrix.parameter;
  const windowOf = (row: number, column: number): MatrixWindow => ({
    rows: [rowEdges[row] ?? 0, rowEdges[row + 1] ?? 0],
    columns: [columnEdges[column] ?? 0, columnEdges[column + 1] ?? 0],
  });
  return maskFigure(context, {
    grid: { rows: starts(rowEdges), columns: starts(columnEdges), sizes, units },
    words: {
      title: t('Tiles of {0}', what),
      caption: t('Share of each tile that is in {0}.', choiceText(choice)),
      heads: [t('Rows'), t('Columns')],
      isMatrix: true,
      names: { rows: rangeTexts(rowEdges), columns: rangeTexts(columnEdges) },
    },
    onEnter: (row, column) => {
      // One unit has no tiles.
      if ((units[row]?.[column] ?? 0) > 1)
        go({ ...place, windows: [...place.windows, windowOf(row, column)] });
    },
    start: tileOf(from, rowEdges, columnEdges),
    isFirst: true,
  });
}

/** Where one has come out of a tile, that tile. */
function tileOf(
  from: LevelContext['from'],
  rowEdges: readonly number[],
  columnEdges: readonly number[],
): { row: number; column: number } {
  const window = from?.level === 'matrix' ? from.windows.at(-1) : undefined;
  if (!window) return { row: 0, column: 0 };
  return {
    row: Math.max(0, rowEdges.indexOf(window.rows[0])),
    column: Math.max(0, columnEdges.indexOf(window.columns[0])),
  };
}
