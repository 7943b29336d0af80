/** One question of the page, from its unchecked parameters to its answer. */
import { usageError } from '../../protocol/errors';
import { checkedParams, isQueryName, type QueryName } from '../../protocol/explorer/queries';
import type { QueryContext, QueryHandler } from './queries/queryHandler';
import { HANDLERS } from './queries/registry';

const MEND = 'Close this tab and open the run again; if that does not help, reload the window.';

/** @throws ToolError query-unknown, query-invalid, and what the handler throws */
export async function answerQuery(name: string, params: unknown, context: QueryContext): Promise<unknown> {
  if (!isQueryName(name)) throw usageError('query-unknown', `There is no query '${name}'.`, MEND);
  return answer(name, params, context);
}

function answer<N extends QueryName>(
  name: N,
  params: unknown,
  context: QueryContext,
): ReturnType<QueryHandler<N>> {
  const checked = checkedParams(name, params);
  if ('fault' in checked) throw usageError('query-invalid', `Query ${name}, ${checked.fault}.`, MEND);
  return HANDLERS[name](checked.data, context);
}
