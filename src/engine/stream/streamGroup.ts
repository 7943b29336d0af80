import { backwardPass } from './backwardPass';
import { forwardPass } from './forwardPass';
import type { ForwardObserver } from './forwardObserver';
import { headPass, type Losses } from './headPass';
import { backwardMethods, type PassContext } from './passContext';

/** The whole pass over one group of datasets; what an earlier process finished of it is not done again. */
export async function streamGroup(
  context: PassContext,
  observers: readonly ForwardObserver[],
): Promise<Losses | null> {
  await forwardPass(context, observers);
  if (backwardMethods(context.methods).length === 0) return null;
  const losses = await headPass(context);
  await backwardPass(context);
  return losses;
}
