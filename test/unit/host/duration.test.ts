import { describe, expect, it } from 'vitest';
import { duration } from '../../../src/host/duration';

describe('a duration', () => {
  it.each([
    [2.345, '2.3 s'],
    [59.4, '59 s'],
    [59.7, '1 min'],
    [130, '2 min'],
    [3599, '1 h 0 min'],
    [5400, '1 h 30 min'],
  ])('writes %s s as %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});
