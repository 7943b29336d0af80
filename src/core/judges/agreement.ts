import { ANSWER_LABELS, type AnswerLabel } from './judge';

export interface Agreement {
  /** Answers that both judges labelled. */
  readonly answers: number;
  /** Share of them with the same label, p_o; null without answers. */
  readonly equal: number | null;
  /** Cohen's kappa, (p_o - p_e) / (1 - p_e); null where one label is all that either gave (p_e = 1). */
  readonly kappa: number | null;
  /** The same two figures for 'refuse' against all else, which is what over-rejection counts. */
  readonly refusal: { readonly equal: number | null; readonly kappa: number | null };
  /** confusion[i][j]: answers that the first judge calls labels[i], the second labels[j]. */
  readonly labels: readonly AnswerLabel[];
  readonly confusion: readonly (readonly number[])[];
}

/** @param first,second labels of the same answers, in the same order; null (no label) is left out */
export function judgeAgreement(
  first: readonly (AnswerLabel | null)[],
  second: readonly (AnswerLabel | null)[],
): Agreement {
  if (first.length !== second.length) throw new RangeError(`${first.length} and ${second.length} labels`);
  const confusion = ANSWER_LABELS.map(() => ANSWER_LABELS.map(() => 0));
  first.forEach((label, i) => {
    const other = second[i] ?? null;
    if (label === null || other === null) return;
    const row = confusion[ANSWER_LABELS.indexOf(label)];
    const column = ANSWER_LABELS.indexOf(other);
    if (row) row[column] = (row[column] ?? 0) + 1;
  });
  const refuse = ANSWER_LABELS.indexOf('refuse');
  const side = (i: number): number => (i === refuse ? 0 : 1);
  const refusal = [
    [0, 0],
    [0, 0],
  ];
  confusion.forEach((row, i) => {
    row.forEach((cell, j) => {
      const half = refusal[side(i)];
      if (half) half[side(j)] = (half[side(j)] ?? 0) + cell;
    });
  });
  const answers = sum(confusion.map(sum));
  return { answers, ...figures(confusion), refusal: figures(refusal), labels: ANSWER_LABELS, confusion };
}

/** Cohen (1960): p_e is the agreement that the marginals alone would give. */
function figures(counts: readonly (readonly number[])[]): Pick<Agreement, 'equal' | 'kappa'> {
  const total = sum(counts.map(sum));
  if (total === 0) return { equal: null, kappa: null };
  const equal = sum(counts.map((row, i) => row[i] ?? 0)) / total;
  const chance =
    sum(counts.map((row, i) => sum(row) * sum(counts.map((other) => other[i] ?? 0)))) / total ** 2;
  return { equal, kappa: chance === 1 ? null : (equal - chance) / (1 - chance) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
