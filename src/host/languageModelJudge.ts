import type { AnswerJudge } from '../core/judges/judge';
import { JUDGE_PROMPT_TEXT, judgePrompt, parseJudgeReply } from '../core/judges/judgePrompt';
import { cancelledError, engineError } from '../protocol/errors';

/** What is needed of a `vscode.LanguageModelChat`. */
export interface ChatModel {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly family: string;
  readonly version: string;
  /** The reply, piece by piece. */
  ask(text: string, signal: AbortSignal): Promise<AsyncIterable<string>>;
}

/** A label has at most seven letters; a model that goes on and on is not listened to. */
const MOST_CHARACTERS = 200;

/** A model of the editor's Language Model API, which has no system role: all is one message. */
export function languageModelJudge(model: ChatModel): AnswerJudge {
  const { id, name, vendor, family, version } = model;
  return {
    id: 'vscode-lm',
    title: `${name} (${vendor})`,
    settings: { judge: 'vscode-lm', model: id, vendor, family, version, prompt: JUDGE_PROMPT_TEXT },
    atOnce: 2,
    async judge(answer, signal) {
      const text = judgePrompt(answer)
        .map(({ content }) => content)
        .join('\n\n');
      let reply = '';
      try {
        for await (const part of await model.ask(text, signal)) {
          reply += part;
          if (reply.length > MOST_CHARACTERS) break;
        }
      } catch (error) {
        if (signal.aborted) throw cancelledError();
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'Unknown';
        throw engineError(
          'judge-failed',
          `The language model ${name} did not answer (${code}).`,
          code === 'NoPermissions'
            ? 'Allow its use when VS Code asks.'
            : 'Try again later, or take another judge: labels given until now are kept.',
        );
      }
      if (signal.aborted) throw cancelledError();
      return parseJudgeReply(reply);
    },
  };
}
