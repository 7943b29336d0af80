/** Steps of a guided pick, forward and back. What is asked, and how, is each step's own. */

/** The user wants the step before. */
export const BACK = Symbol('back');

/** Undefined: dismissed. */
export type Answer<T> = T | typeof BACK | undefined;

/** For the title of a step; the first one has none to go back to. */
export interface StepPlace {
  readonly title: string;
  /** From 1, of those that are asked. */
  readonly step: number;
  readonly totalSteps: number;
}

export interface Step<S> {
  /** Whether there is anything to ask; left out: always. */
  readonly isAsked?: (state: S) => boolean;
  /** @returns the state with this step's answer */
  readonly ask: (state: S, place: StepPlace) => Promise<Answer<S>>;
}

/**
 * Asks one step after the other. Going back keeps what was answered before, so that it is offered again.
 * @param first place of the step to begin with; those before it can be gone back to
 * @returns undefined where the user dismissed a step
 */
export async function runSteps<S>(
  title: string,
  steps: readonly Step<S>[],
  initial: S,
  first = 0,
): Promise<S | undefined> {
  let state = initial;
  for (let index = first, direction = 1; index < steps.length;) {
    const asked = steps.filter((step) => step.isAsked?.(state) ?? true);
    const step = steps[index];
    const place = step ? asked.indexOf(step) : -1;
    if (!step || place < 0) {
      index += direction;
      continue;
    }
    const answer = await step.ask(state, { title, step: place + 1, totalSteps: asked.length });
    if (answer === undefined) return undefined;
    direction = answer === BACK ? -1 : 1;
    if (answer !== BACK) state = answer;
    // Nothing asked lies before the first one.
    index = place === 0 && direction < 0 ? index : index + direction;
  }
  return state;
}
