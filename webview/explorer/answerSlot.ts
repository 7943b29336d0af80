/** A place of a view that an answer fills: a ring while it is on its way, or what was refused and how to mend it. */
import { ToolError } from '../../src/protocol/errors';
import type { Answer, Params, QueryName } from '../../src/protocol/explorer/queries';
import { element } from './dom';
import { t } from './l10n';
import { button, progress } from './ui';
import type { Drawn } from './drawn';
import type { ViewContext } from './views/view';

export interface AnswerSlot<N extends QueryName> extends Drawn {
  /** Asks, in place of what was asked before. */
  ask(params: Params<N>): void;
}

export function answerSlot<N extends QueryName>(
  context: ViewContext,
  name: N,
  show: (answer: Answer<N>) => Drawn,
  slot: string = name,
): AnswerSlot<N> {
  const root = element('div', { class: 'answer' });
  let drawn: Drawn | null = null;
  /** What is still on its way is of no use then, and would never be ended. */
  let isEnded = false;
  const fill = (...nodes: HTMLElement[]): void => {
    drawn?.dispose();
    drawn = null;
    root.replaceChildren(...nodes);
  };
  const ask = (params: Params<N>): void => {
    // A place that has been filled keeps its height, so that the page does not jump at every switch.
    root.style.minHeight = `${root.offsetHeight}px`;
    fill(progress(t('Counting ...')));
    context.ask(name, params, slot).then(
      (answer) => {
        if (isEnded) return;
        fill();
        drawn = show(answer);
        root.replaceChildren(drawn.root);
        root.style.minHeight = '';
      },
      (error: unknown) => {
        if (!isEnded && !isGivenUp(error)) fill(refusal(error, () => ask(params)));
      },
    );
  };
  const dispose = (): void => {
    isEnded = true;
    fill();
  };
  return { root, ask, repaint: () => drawn?.repaint(), dispose };
}

/** A newer question took its place, or the view is gone: nothing to say. */
const isGivenUp = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';

function refusal(thrown: unknown, again: () => void): HTMLElement {
  const { message, mend } = ToolError.from(thrown);
  return element(
    'div',
    { role: 'alert', class: 'failure' },
    element('p', {}, message),
    element('p', { class: 'lead' }, mend),
    button(t('Try Again'), 'secondary', again),
  );
}
