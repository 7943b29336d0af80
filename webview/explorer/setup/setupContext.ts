import type { SetupEdit } from '../../../src/protocol/explorer/setup';
import type { ViewContext } from '../views/view';

/** What the parts of the Setup tab may do. */
export interface SetupContext {
  readonly ask: ViewContext['ask'];
  /** Aborted when the tab is left. */
  readonly signal: AbortSignal;
  /** Changes the file; settles when its text has changed. */
  readonly change: (edit: SetupEdit) => Promise<void>;
}

/** Every change is one that is wanted, so that none takes the place of another. */
export function setupContext(ask: ViewContext['ask'], signal: AbortSignal): SetupContext {
  let changes = 0;
  return {
    ask,
    signal,
    async change(edit) {
      await ask('setupChange', { edit }, `change ${++changes}`);
    },
  };
}
