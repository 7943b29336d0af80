import { describe, expect, it } from 'vitest';
import { BACK, runSteps, type Answer, type Step } from '../../../../src/host/guidedPick/steps';

type State = readonly string[];

/** A step that answers one after the other, and notes where it stood. */
function scripted(
  name: string,
  log: string[],
  answers: Answer<true>[],
  isAsked?: (state: State) => boolean,
): Step<State> {
  return {
    ...(isAsked && { isAsked }),
    ask: (state, { step, totalSteps }) => {
      log.push(`${name} ${step}/${totalSteps}`);
      const answer = answers.shift();
      return Promise.resolve(answer === true ? [...state, name] : answer);
    },
  };
}

describe('runSteps', () => {
  it('asks in order, and leaves out what there is nothing to ask about', async () => {
    const log: string[] = [];
    const steps = [
      scripted('a', log, [true]),
      scripted('b', log, [], () => false),
      scripted('c', log, [true], (state) => state.includes('a')),
    ];
    expect(await runSteps('t', steps, [])).toEqual(['a', 'c']);
    expect(log).toEqual(['a 1/1', 'c 2/2']);
  });

  it('goes back over what is not asked, and keeps what was answered', async () => {
    const log: string[] = [];
    const steps = [
      scripted('a', log, [true, true]),
      scripted('b', log, [], () => false),
      scripted('c', log, [BACK, true]),
    ];
    expect(await runSteps('t', steps, [])).toEqual(['a', 'a', 'c']);
    expect(log).toEqual(['a 1/2', 'c 2/2', 'a 1/2', 'c 2/2']);
  });

  it('begins where it is told, and goes back from there', async () => {
    const log: string[] = [];
    const steps = [scripted('a', log, [true]), scripted('b', log, [BACK, true])];
    expect(await runSteps('t', steps, [], 1)).toEqual(['a', 'b']);
    expect(log).toEqual(['b 2/2', 'a 1/2', 'b 2/2']);
  });

  it('ends when dismissed', async () => {
    const log: string[] = [];
    const steps = [scripted('a', log, [true]), scripted('b', log, [undefined]), scripted('c', log, [true])];
    expect(await runSteps('t', steps, [])).toBeUndefined();
    expect(log).toEqual(['a 1/3', 'b 2/3']);
  });
});
