/** reports/safeLayer/<dataset>.json: what the interval was chosen from. */
import type { Agreement } from '../judges/agreement';
import type { AnswerLabel } from '../judges/judge';
import type { JudgeSettings } from '../judges/judgeSettings';
import type { AlphaChoice } from './alphaSearch';
import type { IntervalShare } from './bootstrap';
import type { SweepPoint } from './boundSweep';
import type { LayerInterval } from './interval';
import type { PromptPair } from './promptPairs';
import type { ScalingEffect } from './scalingEffect';

export const LAYER_REPORT_VERSION = 1;

/** By layer: mean and standard deviation (ddof 0) over the pairs of the cosine of their hidden states. */
export interface CosineCurve {
  readonly mean: readonly number[];
  readonly sd: readonly number[];
}

/** Everything that hidden states say; one value a layer. States of the last layer are those before the final norm. */
export interface CurveReport {
  readonly curves: { readonly uu: CosineCurve; readonly uh: CosineCurve };
  /** U-H less U-U, in degrees. */
  readonly angle: { readonly paper: readonly number[]; readonly code: readonly number[] };
  readonly standardError: readonly number[];
  /** Proposed from `angle`; null where the gap never opens. */
  readonly candidate: LayerInterval | null;
}

/** `unread`: the judge's reply was no label. */
export type LabelCounts = Readonly<Record<AnswerLabel | 'unread', number>>;

export interface LayerReport extends CurveReport {
  readonly schemaVersion: typeof LAYER_REPORT_VERSION;
  readonly method: 'safeLayer';
  readonly dataset: string;
  readonly utility: string;
  /** Of the model. */
  readonly layers: number;
  /** Which of the two definitions of `angle` the candidate is read off. */
  readonly angleDefinition: 'paper' | 'code';
  /** Indices into the lines of samples/<utility>.jsonl, and of uh's second into samples/<dataset>.jsonl. */
  readonly pairs: { readonly uu: readonly PromptPair[]; readonly uh: readonly PromptPair[] };
  /** The user's own range, which the sweep starts from in place of the candidate. */
  readonly range: LayerInterval | null;
  /** null where nothing was swept. */
  readonly alpha: AlphaChoice | null;
  readonly sweeps: { readonly upper: readonly SweepPoint[]; readonly lower: readonly SweepPoint[] } | null;
  /** Prompts of the over-rejection set, and how many are refused without scaling. */
  readonly items: number | null;
  readonly baselineRefused: number | null;
  readonly judge: JudgeSettings | null;
  /** With the phrase matcher, over the answers below; null where that is the judge. */
  readonly agreementWithPhrases: Agreement | null;
  /** By label, of every interval and alpha that was tried; the first is the unscaled model. */
  readonly answers: readonly {
    readonly interval: LayerInterval | null;
    readonly alpha: number;
    readonly labels: LabelCounts;
  }[];
  readonly interval: LayerInterval | null;
  /** Beginning and end of the interval as shares of the model's depth. */
  readonly depth: readonly [number, number] | null;
  /** Bounds that freeze the interval in the authors' fine-tuning script. */
  readonly sppft: readonly [begin: number, end: number] | null;
  readonly neighbours: readonly { readonly interval: LayerInterval; readonly refused: number }[];
  readonly bootstrap: readonly IntervalShare[];
  /** A second utility set in the place of the harmful one: a candidate here is one that no harm explains. */
  readonly control: (CurveReport & { readonly dataset: string }) | null;
  readonly noOp: ScalingEffect['noOp'];
  readonly scaled: {
    /** Projections whose weights are scaled. */
    readonly weights: readonly string[];
    /** Norm gains that are scaled. */
    readonly gains: readonly string[];
  };
}
