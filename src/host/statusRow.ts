/** What the status bar says of the engine. Pure. */
import type { RunProgress } from '../protocol/engine';
import type { EngineState } from './engineHolder';
import { progressLine } from './runRow';
import type { Translator } from './translator';

export interface EngineView {
  readonly engine: EngineState;
  /** Undefined: no run of this window goes on. */
  readonly run: 'preparing' | 'cancelling' | RunProgress | undefined;
  /** How much is left, in words; undefined: enough. */
  readonly memoryLeft: string | undefined;
}

export interface StatusRow {
  readonly text: string;
  readonly tooltip: string;
  readonly isWarning: boolean;
}

/** Null where there is nothing to say. Icons only repeat what the words say: a screen reader gets the tooltip. */
export function statusRow({ engine, run, memoryLeft }: EngineView, l10n: Translator): StatusRow | null {
  const what = whatGoesOn(engine, run, l10n);
  if (!what) return null;
  const [icon, text, more = text] = what;
  const isLow = run !== undefined && memoryLeft !== undefined;
  const low = isLow ? [l10n.t('Memory runs low: {0} are free.', memoryLeft)] : [];
  return {
    text: `$(${isLow ? 'warning' : icon}) ${text}`,
    tooltip: [`${l10n.t('Safety regions')}: ${more}`, ...low].join('\n'),
    isWarning: isLow || engine === 'crashed',
  };
}

type What = readonly [icon: string, text: string, more?: string];

function whatGoesOn(engine: EngineState, run: EngineView['run'], l10n: Translator): What | null {
  if (run === 'cancelling') return ['sync~spin', l10n.t('Cancelling...')];
  if (run === 'preparing') return ['sync~spin', l10n.t('Preparing')];
  if (run) {
    const percent = `${Math.floor(run.fraction * 100)} %`;
    return ['sync~spin', l10n.t('Identifying {0}', percent), progressLine(run, l10n)];
  }
  switch (engine) {
    case 'starting':
      return ['loading~spin', l10n.t('Engine starts')];
    case 'ready':
      return ['circle-outline', l10n.t('Engine idle')];
    case 'crashed':
      return ['error', l10n.t('Engine has crashed')];
    case 'off':
      return null;
  }
}
