import type { LiveRunView } from '../../protocol/explorer/liveRun';
import type { LiveRun } from '../../store/liveRun';
import { duration } from '../duration';
import { oneLine } from '../experimentFile/markdownText';
import type { Translator } from '../translator';

const MESSAGE_CHARS = 100;

/** What the page shows of it. Its message may come from a file of someone else's. */
export function liveView(
  { phases, progress, written }: LiveRun,
  isOurs: boolean,
  l10n: Translator,
): LiveRunView {
  return {
    isOurs,
    phases: [...phases],
    progress: progress && {
      phase: progress.phase,
      layer: progress.layer,
      layers: progress.layers,
      fraction: progress.fraction,
      timeLeft: progress.secondsLeft === null ? '' : l10n.t('{0} left', duration(progress.secondsLeft)),
      message: oneLine(progress.message, MESSAGE_CHARS),
    },
    written: written.map(({ dataset, samples, regions }) => ({ dataset, samples, regions: [...regions] })),
  };
}
