import type { EndpointJudgeSettings } from '../judges/judgeSettings';
import type { Experiment } from './experiment';

/** Judges of an experiment that are elsewhere: each needs the user's yes. */
export const endpointJudges = ({ methods }: Pick<Experiment, 'methods'>): EndpointJudgeSettings[] =>
  methods.flatMap((settings) =>
    'judge' in settings && typeof settings.judge === 'object' ? [settings.judge] : [],
  );
