/**
 * Messages between the extension host and the Overlap Explorer webview: one discriminated union a direction. Either
 * side checks what comes in, so the schemas are the source and the types are inferred.
 */
import * as z from 'zod/mini';
import { parser, shortText } from './checks';
import { liveRun } from './liveRun';
import { neuronChoice } from './neuronList';
import { explorerRun } from './overview';
import { runningNow, setupShown } from './setup';

/** Numbers the page's questions, from 1. */
const id = z.int().check(z.positive());

/** 64 MiB of text. */
const content = z.string().check(z.maxLength(2 ** 26));

const toWebview = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loading'), name: z.string() }),
  /** A run, several that are compared, or an experiment that has not been run: then `run` is null. */
  z.object({
    type: z.literal('run'),
    run: z.nullable(explorerRun),
    /** Null where runs are compared. */
    setup: z.nullable(setupShown),
    running: z.nullable(runningNow),
  }),
  /** Beside the run while it goes on; null: it does not any more. */
  z.object({ type: z.literal('live'), live: z.nullable(liveRun) }),
  /** These follow whenever the experiment's file changes, and whenever a run of this window gets on. */
  z.object({ type: z.literal('setup'), setup: setupShown }),
  z.object({ type: z.literal('running'), running: z.nullable(runningNow) }),
  /** `canResume`: the run is interrupted, so going on with it is the way out. */
  z.object({ type: z.literal('failed'), message: z.string(), mend: z.string(), canResume: z.boolean() }),
  /** `value` is checked by the contract of the query that was asked. */
  z.object({ type: z.literal('answer'), id, value: z.unknown() }),
  z.object({ type: z.literal('refused'), id, message: z.string(), mend: z.string() }),
]);
export type ToWebview = z.infer<typeof toWebview>;

const toHost = z.discriminatedUnion('type', [
  /** The page listens: the host may send. */
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('reload') }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('cancelRun') }),
  /** Of the experiment that the Setup tab shows. */
  z.object({ type: z.literal('experiment'), action: z.enum(['run', 'cancel', 'openFile']) }),
  z.object({ type: z.literal('showLog') }),
  /** `params` are checked by the contract of the query. */
  z.object({ type: z.literal('ask'), id, name: shortText, params: z.unknown() }),
  /** The answer is of no use any more. */
  z.object({ type: z.literal('cancel'), id }),
  /** A file for the user: base64 of a PNG, else text. The host asks where. */
  z.object({ type: z.literal('save'), name: shortText, kind: z.enum(['png', 'svg', 'csv']), data: content }),
  /** All neurons of a list, of which the page has a few: the host writes them. */
  z.object({ type: z.literal('saveNeurons'), name: shortText, choice: neuronChoice }),
  /** To the clipboard. */
  z.object({ type: z.literal('copy'), text: content }),
  /** A fault inside the page, for the log. */
  z.object({ type: z.literal('fault'), message: z.string().check(z.maxLength(10_000)) }),
]);
export type ToHost = z.infer<typeof toHost>;

/** What the page keeps with `setState`; the host reads it when VS Code restores the panel after a reload. */
const explorerState = z.object({
  /** Empty for an experiment without a run. */
  runDir: z.string(),
  experimentFile: z.optional(z.string()),
  comparedWith: z.optional(z.array(z.string())),
  /** Ids of the tab and of the method that are shown. */
  view: z.optional(z.string()),
  method: z.optional(z.string()),
  isoUtility: z.boolean(),
  logScale: z.boolean(),
  /** What each view remembers, by its id; the view checks it. */
  memories: z.optional(z.record(z.string(), z.unknown())),
});
export type ExplorerState = z.infer<typeof explorerState>;

export const parseToWebview = parser(toWebview);
export const parseToHost = parser(toHost);
export const parseExplorerState = parser(explorerState);
