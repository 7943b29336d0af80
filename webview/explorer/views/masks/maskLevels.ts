/** The way from all layers into one matrix and back: where one is, and what is there. */
import type { Answer } from '../../../../src/protocol/explorer/queries';
import type { MaskChoice } from '../../../../src/protocol/explorer/maskQuery';
import type { ExplorerMethod } from '../../../../src/protocol/explorer/overview';
import { element } from '../../dom';
import { t } from '../../l10n';
import type { Drawn } from '../../drawn';
import type { ViewContext } from '../view';
import { allLevel } from './allLevel';
import { layerLevel } from './layerLevel';
import { matrixLevel } from './matrixLevel';
import { outOf, pathTo, placeIn, type MaskPlace } from './maskMemory';
import { choiceText, countText, layerTitle, windowText } from './maskWords';

export interface MaskLevelsParts {
  readonly method: ExplorerMethod;
  readonly choice: MaskChoice;
  readonly density: Answer<'densityGrid'>;
  readonly place: MaskPlace;
  readonly onPlace: (place: MaskPlace) => void;
}

/** What one level draws itself from. */
export interface LevelContext extends MaskLevelsParts {
  readonly view: ViewContext;
  /** Goes to another place, the focus with it. */
  readonly go: (place: MaskPlace) => void;
  /** Where one has come from, to begin at its cell; null where one has not moved, so that the focus stays. */
  readonly from: MaskPlace | null;
}

export function maskLevels(view: ViewContext, parts: MaskLevelsParts): Drawn {
  const { density, choice, method, onPlace } = parts;
  const known = { layers: density.grid.layers, matrices: density.matrices };
  const path = element('nav', { 'aria-label': t('Place'), class: 'breadcrumb' });
  const content = element('div', {});
  let place = placeIn(parts.place, known);
  let level: Drawn | null = null;

  const go = (next: MaskPlace): void => {
    const from = place;
    place = placeIn(next, known);
    onPlace(place);
    show(from);
  };
  const show = (from: MaskPlace | null): void => {
    level?.dispose();
    path.replaceChildren(...crumbs(place, go));
    level = draw({ ...parts, place, view, go, from });
    content.replaceChildren(level.root);
  };
  content.addEventListener('keydown', (event) => {
    const outer = event.key === 'Escape' || event.key === 'Backspace' ? outOf(place) : null;
    if (!outer) return;
    event.preventDefault();
    go(outer);
  });
  show(null);
  const [size, units] = totals(density);
  return {
    root: element(
      'div',
      { class: 'masks' },
      element('p', { class: 'lead' }, `${choiceText(choice)}: ${countText(size, units, method.unit)}`),
      path,
      content,
    ),
    repaint: () => level?.repaint(),
    dispose: () => level?.dispose(),
  };
}

function draw(context: LevelContext): Drawn {
  const { place } = context;
  switch (place.level) {
    case 'all':
      return allLevel(context);
    case 'layer':
      return layerLevel(context, place.layer);
    case 'matrix':
      return matrixLevel(context, place);
  }
}

function crumbs(place: MaskPlace, go: (place: MaskPlace) => void): HTMLElement[] {
  const steps = pathTo(place);
  return steps.map((step, i) => {
    const isHere = i === steps.length - 1;
    const crumb = element(
      'button',
      { type: 'button', ...(isHere ? { 'aria-current': 'page' } : {}) },
      crumbText(step),
    );
    crumb.addEventListener('click', () => {
      if (!isHere) go(step);
    });
    return crumb;
  });
}

function crumbText(place: MaskPlace): string {
  switch (place.level) {
    case 'all':
      return t('All layers');
    case 'layer':
      return layerTitle(place.layer);
    case 'matrix': {
      const window = place.windows.at(-1);
      return window ? windowText(window) : place.matrix;
    }
  }
}

function totals({ grid: { sizes, units } }: Answer<'densityGrid'>): [number, number] {
  const total = (cells: readonly (readonly (number | null)[])[]): number =>
    cells.flat().reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return [total(sizes), total(units)];
}
