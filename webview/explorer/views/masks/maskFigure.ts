/** Shares of a region in a grid of cells: a picture to go about in, with its exact counts. */
import { shareFigure, type ShareFigureWords, type ShareGrid } from '../../../../src/core/report/maskFigures';
import type { Drawn } from '../../drawn';
import { figurePanel } from '../../figurePanel';
import { panelOptions } from '../../stageFigure';
import { t } from '../../l10n';
import type { LevelContext } from './maskLevels';
import { countText } from './maskWords';

export interface MaskFigureParts {
  readonly grid: ShareGrid;
  readonly words: ShareFigureWords;
  readonly onEnter: (row: number, column: number) => void;
  /** The cell to begin at. */
  readonly start: { readonly row: number; readonly column: number };
  /** Whether it is the one that the focus goes to when one has moved about. */
  readonly isFirst: boolean;
}

export function maskFigure(
  { method, view, from }: LevelContext,
  { grid, words, onEnter, start, isFirst }: MaskFigureParts,
): Drawn {
  const panel = figurePanel(shareFigure(grid, words, t), {
    ...panelOptions(view),
    start,
    describe: (row, column) => {
      const [size, units] = [grid.sizes[row]?.[column] ?? null, grid.units[row]?.[column] ?? null];
      return size === null || units === null ? [] : [countText(size, units, method.unit)];
    },
    onActivate: (row, column) => {
      if ((grid.units[row]?.[column] ?? null) !== null) onEnter(row, column);
    },
  });
  // Once it is on the page.
  if (isFirst && from !== null) {
    queueMicrotask(() => panel.root.querySelector<HTMLElement>('[role="grid"]')?.focus());
  }
  return panel;
}
