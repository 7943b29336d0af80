import { describe, expect, it } from 'vitest';
import { judgeAgreement } from '../../../src/core/judges/agreement';
import type { AnswerLabel } from '../../../src/core/judges/judge';

const repeat = (label: AnswerLabel, times: number): AnswerLabel[] => Array<AnswerLabel>(times).fill(label);

describe('judgeAgreement', () => {
  it("is Cohen's kappa", () => {
    // 20 refuse/refuse, 5 refuse/comply, 10 comply/refuse, 15 comply/comply: p_o = 0.7,
    // p_e = (25*30 + 25*20) / 50^2 = 0.5, kappa = 0.2 / 0.5.
    const first = [...repeat('refuse', 25), ...repeat('comply', 25)];
    const second = [
      ...repeat('refuse', 20),
      ...repeat('comply', 5),
      ...repeat('refuse', 10),
      ...repeat('comply', 15),
    ];
    const agreement = judgeAgreement(first, second);
    expect(agreement.answers).toBe(50);
    expect(agreement.equal).toBeCloseTo(0.7, 12);
    expect(agreement.kappa).toBeCloseTo(0.4, 12);
    expect(agreement.refusal.kappa).toBeCloseTo(0.4, 12);
    expect(agreement.labels).toEqual(['comply', 'partial', 'refuse', 'broken']);
    expect(agreement.confusion).toEqual([
      [15, 0, 10, 0],
      [0, 0, 0, 0],
      [5, 0, 20, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('takes refusals alone too: partial against comply is no disagreement there', () => {
    const { equal, refusal } = judgeAgreement(
      ['comply', 'comply', 'refuse', 'refuse'],
      ['partial', 'comply', 'refuse', 'refuse'],
    );
    expect(equal).toBe(0.75);
    expect(refusal).toEqual({ equal: 1, kappa: 1 });
  });

  it('leaves out what has no label, and has no figures for nothing', () => {
    expect(judgeAgreement(['refuse', null], ['refuse', 'comply'])).toMatchObject({
      answers: 1,
      equal: 1,
      kappa: null,
    });
    expect(judgeAgreement([null], ['comply'])).toMatchObject({ answers: 0, equal: null, kappa: null });
    expect(() => judgeAgreement(['comply'], [])).toThrow(RangeError);
  });
});
