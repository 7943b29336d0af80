/** What a row of the Runs view says, in words and by an icon: never by colour alone. Pure. */
import type { RunProgress } from '../protocol/engine';
import type { RunOverview } from '../store/runList';
import { oneLine } from './experimentFile/markdownText';
import { duration } from './duration';
import type { Translator } from './translator';

type State = RunOverview['state'];

const MESSAGE_CHARS = 100;

export interface Row {
  readonly label: string;
  readonly description: string;
  /** Codicon, and a colour of the theme. */
  readonly icon: { readonly id: string; readonly color?: string };
  /** For `when` clauses. */
  readonly context: string;
  /** What a screen reader says. */
  readonly spoken: string;
}

const ICONS: Readonly<Record<State, Row['icon']>> = {
  done: { id: 'pass', color: 'testing.iconPassed' },
  running: { id: 'sync~spin' },
  interrupted: { id: 'debug-pause', color: 'list.warningForeground' },
  broken: { id: 'error', color: 'list.errorForeground' },
};

/**
 * @param when the run's time, as people write it
 * @param progress of a run that goes on
 * @param isOurs whether this window computes it, and so can cancel it
 */
export function runRow(
  run: RunOverview,
  { when, progress, isOurs }: { when: string; progress: RunProgress | undefined; isOurs: boolean },
  l10n: Translator,
): Row {
  const state = stateName(run.state, l10n);
  const isRunning = run.state === 'running';
  const line = isRunning && progress ? progressLine(progress, l10n) : '';
  return {
    label: when === '' ? run.name : when,
    description: line === '' ? joined(state, run.methods.join(', ')) : line,
    icon: ICONS[run.state],
    context: isRunning && isOurs ? 'run.ours' : `run.${run.state}`,
    spoken: [run.name, state, when, line].filter((part) => part !== '').join(', '),
  };
}

/**
 * Such as `43 % - 2 min left - backward, layer 12 of 30`: the end is cut in a narrow view. The message may come from a
 * file of someone else's.
 */
export function progressLine({ message, fraction, secondsLeft }: RunProgress, l10n: Translator): string {
  const left = secondsLeft === null ? '' : l10n.t('{0} left', duration(secondsLeft));
  return joined(`${Math.floor(fraction * 100)} %`, left, oneLine(message, MESSAGE_CHARS));
}

/**
 * @param name the experiment's
 * @param folder where its runs are, if there are several such places; else ''
 */
export function experimentRow(
  name: string,
  folder: string,
  runs: number,
  running: number,
  l10n: Translator,
): Row {
  const count = runs === 1 ? l10n.t('1 run') : l10n.t('{0} runs', runs);
  const going = running === 0 ? '' : l10n.t('{0} running', running);
  return {
    label: name,
    description: joined(count, going, folder),
    icon: { id: 'beaker' },
    context: 'experiment',
    spoken: [l10n.t('Experiment {0}', name), count, going, folder].filter((part) => part !== '').join(', '),
  };
}

export function stateName(state: State, l10n: Translator): string {
  switch (state) {
    case 'done':
      return l10n.t('done');
    case 'running':
      return l10n.t('running');
    case 'interrupted':
      return l10n.t('interrupted');
    case 'broken':
      return l10n.t('broken');
  }
}

const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' \u00b7 ');
