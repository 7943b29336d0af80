import { inputError } from '../../protocol/errors';
import type { ModelSource } from '../formats/modelDirectory';
import { AnswerQueue } from './answerQueue';
import { decodeStep } from './decodeStep';
import { openContext } from './generationContext';
import { planGeneration } from './generationPlan';
import { paddedLength, prefill } from './prefill';

export interface GenerateProgress {
  readonly finished: number;
  readonly prompts: number;
  /** New tokens, since the start. */
  readonly tokensPerSecond: number;
}

export interface GenerateRequest {
  readonly model: ModelSource;
  /** Token ids, special tokens included; none is empty. */
  readonly prompts: readonly (readonly number[])[];
  readonly maxNewTokens: number;
  readonly stopTokens: ReadonlySet<number>;
  readonly threads: number;
  /** Weights stay in memory if they fit in here, else they are read anew for every token. */
  readonly memoryBudgetBytes: number;
  /** Multiplies the seven projection weights of each layer, one factor a layer (SafeLayer). */
  readonly layerScale?: Float32Array;
  /** False leaves o_proj as it is. Default true. */
  readonly scaleOutputProjection?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: GenerateProgress) => void;
  /** Called as soon as an answer is complete, so that cancelling loses none. */
  readonly onAnswer?: (index: number, tokenIds: readonly number[]) => Promise<void> | void;
}

/**
 * Greedy answers: the most likely token again and again, until a stop token, `maxNewTokens`, or the model's last
 * position. Returns the new tokens of each prompt without the stop token.
 *
 * @throws ToolError prompt-empty, prompt-too-long, prompt-token, generate-memory, logits-not-numbers, cancelled
 */
export async function generateGreedy(request: GenerateRequest): Promise<number[][]> {
  const { model, prompts, maxNewTokens, signal } = request;
  prompts.forEach((prompt, index) => checkPrompt(model, prompt, index));
  const queue = new AnswerQueue(request);
  const longest = prompts.reduce((most, prompt) => Math.max(most, prompt.length), 0);
  if (longest === 0 || maxNewTokens < 1) {
    await queue.finishAll();
    return queue.answers();
  }
  const plan = planGeneration(
    model.spec,
    {
      prompts: prompts.length,
      capacity: Math.min(model.spec.maxPositions, longest + maxNewTokens),
      longestPrompt: paddedLength(longest),
    },
    request.memoryBudgetBytes,
  );
  const context = await openContext(model, plan, {
    threads: request.threads,
    scaling: {
      factors: request.layerScale ?? null,
      includeOutput: request.scaleOutputProjection ?? true,
    },
    signal,
  });
  try {
    queue.open(plan.slots);
    while (!queue.isDone) {
      const admissions = queue.admit();
      if (admissions.length > 0) {
        const tokens = await prefill(context, admissions);
        await queue.accept(
          admissions.map(({ slot }) => slot),
          tokens,
        );
      } else {
        for (const { from, to } of queue.compact()) context.cache.move(from, to);
        const rows = queue.newPositions();
        await queue.accept([...rows.keys()], await decodeStep(context, rows));
      }
    }
  } finally {
    await context.held?.release();
    await context.programs.release();
  }
  return queue.answers();
}

function checkPrompt({ spec }: ModelSource, prompt: readonly number[], index: number): void {
  const refuse = (code: string, message: string, mend: string): never => {
    throw inputError(code, `Prompt ${index + 1} ${message}.`, mend);
  };
  if (prompt.length === 0) refuse('prompt-empty', 'has no tokens', 'Leave it out.');
  if (prompt.length >= spec.maxPositions) {
    refuse(
      'prompt-too-long',
      `has ${prompt.length} tokens, and the model has ${spec.maxPositions} positions`,
      'Shorten it.',
    );
  }
  const wrong = prompt.find((id) => !Number.isInteger(id) || id < 0 || id >= spec.vocabSize);
  if (wrong !== undefined) {
    refuse(
      'prompt-token',
      `has the token ${wrong}, and the model has ${spec.vocabSize}`,
      'Use the tokenizer that came with the model.',
    );
  }
}
