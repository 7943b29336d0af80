/** One layer: its matrices, and its heads of q, k, v and o. */
import type { MaskMatrix } from '../../../../src/protocol/explorer/densityGrid';
import type { Answer } from '../../../../src/protocol/explorer/queries';
import { answerSlot } from '../../answerSlot';
import { element, noteList } from '../../dom';
import { t } from '../../l10n';
import { still, together, type Drawn } from '../../drawn';
import { maskFigure } from './maskFigure';
import type { LevelContext } from './maskLevels';
import type { MatrixWindow } from './maskMemory';
import { choiceText, layerTitle } from './maskWords';

export function layerLevel(context: LevelContext, layer: number | null): Drawn {
  const { density, choice, view } = context;
  const matrices = density.matrices.filter((matrix) => matrix.layer === layer);
  if (matrices.length === 0) {
    const why = t(
      'The region file does not say which matrices its units belong to: run the experiment again.',
    );
    return still(element('div', {}, ...noteList([why])));
  }
  const heads = answerSlot(view, 'headDensity', (answer) => headFigure(context, layer, matrices, answer));
  heads.ask(choice);
  const own = matrixFigure(context, layer, matrices);
  return together(element('div', {}, own.root, heads.root), [own, heads]);
}

function matrixFigure(context: LevelContext, layer: number | null, matrices: readonly MaskMatrix[]): Drawn {
  const { choice, go, from, place } = context;
  const columns = matrices.map(({ label }) => label);
  const begun = from?.level === 'matrix' ? from.matrix : place.level === 'layer' ? place.at : undefined;
  return maskFigure(context, {
    grid: {
      rows: [layerTitle(layer)],
      columns,
      sizes: [matrices.map(({ size }) => size)],
      units: [matrices.map(({ units }) => units)],
    },
    words: {
      title: t('Matrices of {0}', layerTitle(layer)),
      caption: t('Share of each matrix that is in {0}.', choiceText(choice)),
      heads: [t('Layer'), t('Matrix')],
    },
    onEnter: (_, column) => go({ level: 'matrix', layer, matrix: columns[column] ?? '', windows: [] }),
    start: { row: 0, column: Math.max(0, columns.indexOf(begun ?? '')) },
    isFirst: true,
  });
}

function headFigure(
  context: LevelContext,
  layer: number | null,
  matrices: readonly MaskMatrix[],
  { heads }: Answer<'headDensity'>,
): Drawn {
  const { choice, go } = context;
  const own = heads.flatMap(({ key, layers, columns, sizes, units }) => {
    const row = layers.indexOf(layer);
    return row < 0 ? [] : [{ key, columns, sizes: sizes[row] ?? [], units: units[row] ?? [] }];
  });
  if (own.length === 0) return still(element('div', {}));
  const most = Math.max(...own.map(({ columns }) => columns.length));
  const columns = Array.from({ length: most }, (_, head) => String(head));
  // Under grouped-query attention k and v have fewer heads: there is no cell for the others.
  const cells = (of: 'sizes' | 'units') => own.map((one) => columns.map((_, head) => one[of][head] ?? null));
  const rows = own.map(({ key }) => key);
  return maskFigure(context, {
    grid: { rows, columns, sizes: cells('sizes'), units: cells('units') },
    words: {
      title: t('Heads of {0}', layerTitle(layer)),
      caption: t('Share of each attention head that is in {0}.', choiceText(choice)),
      heads: [t('Projection'), t('Head')],
      names: { rows, columns: columns.map((head) => t('head {0}', head)) },
    },
    onEnter: (row, head) => {
      const { key = '', columns: all = [] } = own[row] ?? {};
      const matrix = matrices.find(({ label }) => label === `${key}_proj`);
      if (!matrix) return;
      const windows = [headWindow(matrix, key, head, all.length)];
      go({ level: 'matrix', layer, matrix: matrix.label, windows });
    },
    start: { row: 0, column: 0 },
    isFirst: false,
  });
}

/** Rows of q, k and v; columns of o. */
function headWindow(
  { firstRow, shape: [rows, columns] }: MaskMatrix,
  key: string,
  head: number,
  heads: number,
): MatrixWindow {
  const part = (size: number): [number, number] => [(head * size) / heads, ((head + 1) * size) / heads];
  if (key === 'o') return { rows: [firstRow, firstRow + rows], columns: part(columns) };
  const [from, to] = part(rows);
  return { rows: [firstRow + from, firstRow + to], columns: [0, columns] };
}
