/** A judge behind an OpenAI-compatible API: POST <base>/chat/completions. */
import { setTimeout as wait } from 'node:timers/promises';
import type { AnswerJudge, AnswerLabel } from '../../core/judges/judge';
import { JUDGE_PROMPT_TEXT, judgePrompt, parseJudgeReply } from '../../core/judges/judgePrompt';
import type { EndpointJudgeSettings } from '../../core/judges/judgeSettings';
import { ToolError, cancelledError, engineError, inputError } from '../../protocol/errors';

const AT_ONCE = 4;
const ATTEMPTS = 5;
const TIMEOUT_MS = 60_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const MAX_REPLY_BYTES = 1 << 20;

/** For tests, which cannot wait. */
export interface EndpointTiming {
  readonly timeoutMs: number;
  readonly firstWaitMs: number;
}

/**
 * @param key sent as a bearer token and kept nowhere; null where the endpoint asks for none
 * Its errors name the endpoint and the status, never what the endpoint wrote: that may repeat the key.
 */
export function endpointJudge(
  { endpoint, model, requestsPerMinute }: Omit<EndpointJudgeSettings, 'keyVariable'>,
  key: string | null,
  { timeoutMs, firstWaitMs }: EndpointTiming = { timeoutMs: TIMEOUT_MS, firstWaitMs: FIRST_WAIT_MS },
): AnswerJudge {
  if (key !== null && !/^[\x21-\x7e]+$/.test(key)) {
    throw inputError('judge-key', 'The key of the judge holds characters that no key has.', 'Set it again.');
  }
  const nextTurn = limiter(60_000 / requestsPerMinute);

  const ask = async (answer: string, signal: AbortSignal): Promise<Reply> => {
    const timeout = new AbortController();
    const stop = (): void => timeout.abort();
    const timer = setTimeout(stop, timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const response = await fetch(`${endpoint}/chat/completions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify({ model, temperature: 0, max_tokens: 16, messages: judgePrompt(answer) }),
        // Elsewhere is not where the user said yes to.
        redirect: 'error',
        signal: timeout.signal,
      });
      const text = await readBounded(response);
      return { status: response.status, retryAfter: response.headers.get('retry-after'), text };
    } catch (error) {
      if (signal.aborted) throw cancelledError();
      if (error instanceof ToolError) throw error;
      return { status: timeout.signal.aborted ? 'timeout' : 'unreachable', retryAfter: null, text: '' };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  };

  return {
    id: 'endpoint',
    title: `${model} at ${new URL(endpoint).host}`,
    settings: { judge: 'endpoint', endpoint, model, prompt: JUDGE_PROMPT_TEXT },
    atOnce: AT_ONCE,
    async judge(answer, signal) {
      for (let attempt = 1; ; attempt++) {
        await nextTurn(signal);
        const reply = await ask(answer, signal);
        if (reply.status === 200) return labelOf(reply.text);
        if (!isPassing(reply.status) || attempt === ATTEMPTS) throw refused(endpoint, reply.status, attempt);
        const own = firstWaitMs * 2 ** (attempt - 1);
        await sleep(Math.min(LONGEST_WAIT_MS, secondsOf(reply.retryAfter) ?? own), signal);
      }
    },
  };
}

interface Reply {
  readonly status: number | 'timeout' | 'unreachable';
  readonly retryAfter: string | null;
  readonly text: string;
}

const isPassing = (status: Reply['status']): boolean =>
  typeof status === 'string' || status === 408 || status === 429 || status >= 500;

function labelOf(text: string): AnswerLabel | null {
  try {
    const reply = JSON.parse(text) as { choices?: { message?: { content?: unknown } }[] } | null;
    const content = reply?.choices?.[0]?.message?.content;
    return typeof content === 'string' ? parseJudgeReply(content) : null;
  } catch {
    return null;
  }
}

function refused(endpoint: string, status: Reply['status'], attempts: number): ToolError {
  const again = attempts > 1 ? `, ${attempts} times` : '';
  const what =
    status === 'timeout'
      ? 'did not answer in time'
      : status === 'unreachable'
        ? 'cannot be reached, or sends elsewhere'
        : `answered with HTTP status ${status}`;
  const mend =
    status === 401 || status === 403
      ? 'Check the key of the judge.'
      : status === 400 || status === 404
        ? "Check the endpoint's URL and the name of the model."
        : 'Try again later: labels given until now are kept.';
  return engineError('judge-failed', `The judge's endpoint ${endpoint} ${what}${again}.`, mend);
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  if (!response.body) return '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_REPLY_BYTES) {
      throw engineError('judge-failed', "The judge's reply is longer than 1 MiB.", 'Check the endpoint.');
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Retry-After in seconds, in milliseconds; its other form, a date, is rare and passed over. */
const secondsOf = (text: string | null): number | undefined =>
  text !== null && /^\d{1,6}$/.test(text.trim()) ? Number(text) * 1000 : undefined;

/** Turns at least `gapMs` apart, in the order of asking. */
function limiter(gapMs: number): (signal: AbortSignal) => Promise<void> {
  let next = 0;
  return async (signal) => {
    const now = Date.now();
    const turn = Math.max(now, next);
    next = turn + gapMs;
    await sleep(turn - now, signal);
  };
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch {
    throw cancelledError();
  }
}
