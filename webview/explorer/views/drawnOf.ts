import { element } from '../dom';
import './stages.css';
import type { Drawn } from '../drawn';

/** Nodes that need no drawing, then what does, as one. */
export const drawnOf = (nodes: readonly HTMLElement[], parts: readonly Drawn[]): Drawn => ({
  root: element('div', {}, ...nodes, element('div', { class: 'figures' }, ...parts.map(({ root }) => root))),
  repaint: () => parts.forEach((part) => part.repaint()),
  dispose: () => parts.forEach((part) => part.dispose()),
});
