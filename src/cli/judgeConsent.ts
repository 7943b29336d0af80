import { DEFAULT_KEY_VARIABLE, judgeEndpoint, type JudgeConsent } from '../core/judges/judgeSettings';
import { usageError } from '../protocol/errors';

/** `--allow-judge-endpoint` and `--judge-key-variable`, for `parseArgs`. */
export const CONSENT_OPTIONS = {
  'allow-judge-endpoint': { type: 'string' },
  'judge-key-variable': { type: 'string' },
} as const;

export const CONSENT_HELP = `  --allow-judge-endpoint URL   send the model's answers to harmless prompts to this endpoint (https, or this computer)
  --judge-key-variable NAME    environment variable that holds its key (default: ${DEFAULT_KEY_VARIABLE})`;

/**
 * The yes on the command line. The variable is named here, not by the experiment file alone: a file from elsewhere
 * must not choose which secret goes to its endpoint.
 * @param asked variables that the experiment names
 * @throws usage errors
 */
export function readConsent(
  values: { readonly 'allow-judge-endpoint'?: string; readonly 'judge-key-variable'?: string },
  asked: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): JudgeConsent | null {
  const given = values['allow-judge-endpoint'];
  if (given === undefined) return null;
  const endpoint = judgeEndpoint(given);
  if (endpoint === null) {
    throw usageError(
      'usage',
      '--allow-judge-endpoint: this URL may not be used.',
      'Give an https URL (http for this computer) without password, query or fragment.',
    );
  }
  const variable = values['judge-key-variable'] ?? DEFAULT_KEY_VARIABLE;
  const other = asked.find((name) => name !== variable);
  if (other !== undefined) {
    throw usageError(
      'judge-not-allowed',
      `The experiment wants the key in ${other} sent to the judge's endpoint.`,
      `If that is what you want: --judge-key-variable ${other}`,
    );
  }
  const key = environment[variable]?.trim();
  return { endpoint, key: key === undefined || key === '' ? null : key };
}
