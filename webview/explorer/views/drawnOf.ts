import { element } from '../dom';
import { together, type Drawn } from '../drawn';
import './stages.css';

/** Nodes that need no drawing, then figures, as one. */
export const drawnOf = (nodes: readonly HTMLElement[], parts: readonly Drawn[]): Drawn =>
  together(
    element('div', {}, ...nodes, element('div', { class: 'figures' }, ...parts.map(({ root }) => root))),
    parts,
  );
