/** Derived, never stored: a stored state would be wrong after every power cut. */
export type RunState = 'done' | 'running' | 'interrupted';

export function deriveRunState(facts: {
  readonly hasSummary: boolean;
  readonly lockIsLive: boolean;
}): RunState {
  if (facts.hasSummary) return 'done';
  return facts.lockIsLive ? 'running' : 'interrupted';
}
