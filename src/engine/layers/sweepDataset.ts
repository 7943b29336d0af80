import { judgeAgreement } from '../../core/judges/agreement';
import type { AnswerLabel } from '../../core/judges/judge';
import { phrases } from '../../core/judges/phrases';
import { bootstrapIntervals, type SweepRefusals } from '../../core/layers/bootstrap';
import type { SweepPoint } from '../../core/layers/boundSweep';
import { findInterval, refusedCount } from '../../core/layers/findInterval';
import type { LayerInterval } from '../../core/layers/interval';
import type { LabelCounts, LayerReport } from '../../core/layers/layerReport';
import type { SafeLayerSettings } from '../../core/run/experiment';
import { seededRandom } from '../../core/stats/random';
import type { ScaledAnswers, ScaledCounts } from './scaledAnswers';

/** The part of a report that follows from answers under scaled layers. */
export type SweepReport = Pick<
  LayerReport,
  | 'judge'
  | 'agreementWithPhrases'
  | 'alpha'
  | 'sweeps'
  | 'items'
  | 'baselineRefused'
  | 'answers'
  | 'interval'
  | 'neighbours'
  | 'bootstrap'
>;

/** The interval of one dataset, from the layers that its curves propose or the user names. */
export async function sweepDataset(
  candidate: LayerInterval,
  settings: SafeLayerSettings,
  layers: number,
  items: number,
  answers: ScaledAnswers,
): Promise<SweepReport> {
  const asked: ScaledCounts[] = [];
  const ask = async (interval: LayerInterval | null, alpha: number): Promise<ScaledCounts> => {
    const counts = await answers.ask(interval, alpha);
    if (!asked.includes(counts)) asked.push(counts);
    return counts;
  };
  const baseline = await ask(null, 1);
  const found = await findInterval(
    { ...settings, layers, items, candidate },
    async (interval, alpha) => (await ask(interval, alpha)).refusals,
  );
  const alpha = found.alpha.chosen;
  const refusals = (points: readonly SweepPoint[], at: (bound: number) => LayerInterval) =>
    Promise.all(
      points.map(async ({ bound }) => [bound, (await ask(at(bound), alpha)).refusals] as const),
    ) satisfies Promise<SweepRefusals>;
  const [, last] = found.interval;
  const bootstrap = bootstrapIntervals(
    {
      upper: await refusals(found.sweeps.upper, (bound) => [candidate[0], bound]),
      lower: await refusals(found.sweeps.lower, (bound) => [bound, last]),
    },
    { candidate, alpha, items, resamples: settings.bootstrap },
    seededRandom(settings.seed),
  );
  const isPhrases = settings.judge === phrases.id;
  return {
    ...found,
    judge: settings.judge,
    agreementWithPhrases: isPhrases
      ? null
      : judgeAgreement(
          asked.flatMap(({ phraseLabels }) => phraseLabels),
          asked.flatMap(({ labels }) => labels),
        ),
    items,
    baselineRefused: refusedCount(baseline.refusals),
    answers: asked.map((counts) => ({
      interval: counts.interval,
      alpha: counts.alpha,
      labels: countLabels(counts.labels),
    })),
    bootstrap,
  };
}

/** Where nothing is swept, the range that was proposed is all there is. */
export const unswept = (interval: LayerInterval | null): SweepReport => ({
  judge: null,
  agreementWithPhrases: null,
  alpha: null,
  sweeps: null,
  items: null,
  baselineRefused: null,
  answers: [],
  interval,
  neighbours: [],
  bootstrap: [],
});

function countLabels(labels: readonly (AnswerLabel | null)[]): LabelCounts {
  const counts = { comply: 0, partial: 0, refuse: 0, broken: 0, unread: 0 };
  for (const label of labels) counts[label ?? 'unread'] += 1;
  return counts;
}
