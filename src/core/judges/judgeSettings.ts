/** Which judge labels answers to harmless prompts: of `methods[].judge` of SafeLayer, and of the command `judge`. */
import * as z from 'zod';
import { JUDGES } from './registry';

export const DEFAULT_KEY_VARIABLE = 'SAFETY_REGION_JUDGE_KEY';

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The base URL of an OpenAI-compatible API (before `/chat/completions`), without a slash at its end; null where it
 * must not be used: not https (but for this computer), or with a password, a query or a fragment, which end in logs.
 */
export function judgeEndpoint(text: string): string | null {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  const isLocal = url.protocol === 'http:' && LOCAL_HOSTS.has(url.hostname);
  if (url.protocol !== 'https:' && !isLocal) return null;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  return url.href.replace(/\/+$/, '');
}

export const isLocalEndpoint = (endpoint: string): boolean => LOCAL_HOSTS.has(new URL(endpoint).hostname);

export const endpointJudgeSchema = z.strictObject({
  endpoint: z
    .string()
    .refine(
      (text) => judgeEndpoint(text) !== null,
      'Expected an https URL without password, query or fragment (http only for this computer)',
    )
    .describe('Base URL of an OpenAI-compatible API. Nothing is sent to it before you have said yes.'),
  model: z.string().min(1).max(200).describe('Model, as the endpoint names it.'),
  keyVariable: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'Expected the name of an environment variable')
    .default(DEFAULT_KEY_VARIABLE)
    .describe('Environment variable that holds the key; never the key itself.'),
  requestsPerMinute: z.number().gt(0).lte(6000).default(120).describe('Most requests sent in a minute.'),
});

const JUDGE_IDS = JUDGES.map(({ id }) => id) as [string, ...string[]];

export const judgeSettingsSchema = z
  .union([z.enum(JUDGE_IDS), endpointJudgeSchema], {
    error: (issue) =>
      typeof issue.input === 'object' && issue.input !== null
        ? 'Expected "endpoint" (an https URL, or http for this computer, without password, query or fragment), "model" and, if you like, "keyVariable" and "requestsPerMinute"'
        : `Expected one of ${JUDGE_IDS.join(', ')}, or an object with "endpoint" and "model"`,
  })
  .describe(
    'Which answers count as refused: a phrase matcher, or a model behind an endpoint; default: responses.judge.',
  );

export type EndpointJudgeSettings = z.output<typeof endpointJudgeSchema>;
export type JudgeSettings = z.output<typeof judgeSettingsSchema>;

/** The user's yes, which holds for one endpoint; and the key, which is nowhere else. */
export interface JudgeConsent {
  readonly endpoint: string;
  readonly key: string | null;
}
