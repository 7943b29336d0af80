/** Who answers what the page asks: one line a query of `src/protocol/explorer/queries.ts`. */
import type { QueryName } from '../../../protocol/explorer/queries';
import { overlap } from './overlap';
import type { QueryHandler } from './queryHandler';

export const HANDLERS: { readonly [N in QueryName]: QueryHandler<N> } = { overlap };
