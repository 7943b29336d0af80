import { ToolError } from '../../../src/protocol/errors';
import { element } from '../dom';

export interface Problem {
  /** Empty while there is nothing to say. */
  readonly root: HTMLElement;
  say(text: string): void;
  /** Says why `work` has failed, until something else has been tried. */
  of(work: Promise<void>): void;
}

/** A place below a control for what is wrong with what it was set to. */
export function withProblem(): Problem {
  const root = element('p', { role: 'alert', class: 'problem' });
  const say = (text: string): void => root.replaceChildren(text);
  const of = (work: Promise<void>): void => {
    say('');
    work.catch((thrown: unknown) => {
      // The tab was left meanwhile.
      if (thrown instanceof DOMException) return;
      const { message, mend } = ToolError.from(thrown);
      say(`${message} ${mend}`);
    });
  };
  return { root, say, of };
}
