import { asAnswerJudge, type AnswerJudge } from '../../core/judges/judge';
import { judgeEndpoint, type JudgeConsent, type JudgeSettings } from '../../core/judges/judgeSettings';
import { findJudge } from '../../core/judges/registry';
import type { Experiment } from '../../core/run/experiment';
import { endpointJudges } from '../../core/run/experimentJudges';
import { usageError } from '../../protocol/errors';
import { endpointJudge } from './endpointJudge';

/**
 * The judge that an experiment or a user names. One that sends answers is only made with the user's yes to its very
 * endpoint.
 * @throws usage errors `judge-unknown`, `judge-not-allowed`
 */
export function openJudge(settings: JudgeSettings, consent: JudgeConsent | null): AnswerJudge {
  if (typeof settings === 'string') {
    const judge = findJudge(settings);
    if (!judge) throw usageError('judge-unknown', `No judge '${settings}'.`, 'See the schema.');
    return asAnswerJudge(judge);
  }
  const endpoint = judgeEndpoint(settings.endpoint);
  if (endpoint === null) {
    throw usageError('judge-unknown', "The judge's endpoint is none that may be used.", 'Use https.');
  }
  if (consent === null || judgeEndpoint(consent.endpoint) !== endpoint) {
    throw usageError(
      'judge-not-allowed',
      `The judge is ${settings.model} at ${endpoint}: the model's answers to harmless prompts would be sent there.`,
      `Allow it with --allow-judge-endpoint ${endpoint}, or take another judge.`,
    );
  }
  return endpointJudge({ ...settings, endpoint }, consent.key);
}

/** @throws usage error `judge-not-allowed`, before a run has cost anything */
export function checkJudgeConsent(experiment: Experiment, consent: JudgeConsent | null): void {
  for (const settings of endpointJudges(experiment)) openJudge(settings, consent);
}
