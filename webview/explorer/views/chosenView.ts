import type { OverlapView } from '../../../src/protocol/explorer/overlap';
import type { Answer } from '../../../src/protocol/explorer/queries';
import type { Switches } from './view';

export interface ChosenView {
  readonly view: OverlapView;
  /** For headings. */
  readonly subject: string;
}

/** With the utility region subtracted, where that is asked for and there is one. */
export const chosenView = (
  { plain, isoUtility }: Answer<'overlap'>,
  switches: Pick<Switches, 'isoUtility'>,
): ChosenView =>
  switches.isoUtility && isoUtility
    ? { view: isoUtility, subject: 'without the utility region' }
    : { view: plain, subject: 'as selected' };
