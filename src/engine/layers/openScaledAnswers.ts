import { judgeAnswers } from '../../core/judges/judgeAnswers';
import { scalingEffect } from '../../core/layers/scalingEffect';
import type { DecoderSpec, NormName } from '../../core/model/decoderSpec';
import type { SafeLayerSettings } from '../../core/run/experiment';
import type { PromptSet } from '../../core/run/sample';
import { LabelCache } from '../../store/judging/labelCache';
import { openJudge } from '../../store/judging/openJudge';
import { loadTokenizer } from '../formats/tokenizer';
import { generateGreedy } from '../generate/generateGreedy';
import { stopTokens } from '../generate/stopTokens';
import { answerMemory } from '../run/answerMemory';
import type { StageContext } from '../run/methodStage';
import { scaledGains } from './scaledGains';
import { ScaledAnswers } from './scaledAnswers';

/** Gains that are scaled because their norms undo a scaling of the weights before them. */
export const gainsScaled = ({ scaling }: SafeLayerSettings, spec: DecoderSpec): readonly NormName[] =>
  scaling === 'auto' ? scalingEffect(spec).gains : [];

/** Answers of the run's model to its over-rejection set. */
export async function openScaledAnswers(
  set: PromptSet,
  settings: SafeLayerSettings,
  { run, inputs, progress, runtime, context }: StageContext,
): Promise<ScaledAnswers> {
  const { model, experiment } = inputs;
  const { maxNewTokens, includeOutputProjection } = settings;
  const gains = gainsScaled(settings, model.spec);
  const judge = openJudge(settings.judge, inputs.judgeConsent);
  const store = await LabelCache.open(run.file('work', 'safeLayer-labels.jsonl'));
  const tokenizer = await loadTokenizer(model.directory);
  const stops = await stopTokens(model.directory, tokenizer);
  return new ScaledAnswers(
    (name) => run.file('answers', set.id, `${name}.jsonl`),
    set,
    {
      settings: {
        model: run.manifest.model.files,
        stops: [...stops].sort((a, b) => a - b),
        template: experiment.template,
        maxNewTokens,
        includeOutputProjection,
        gains,
      },
      layers: model.spec.layers,
      decode: (tokenIds) => tokenizer.decode(tokenIds, { skipSpecialTokens: true }),
      generate: ({ prompts, layerScale, onAnswer }) =>
        generateGreedy({
          model: layerScale ? scaledGains(model, gains, layerScale) : model,
          prompts,
          maxNewTokens,
          stopTokens: stops,
          threads: runtime.threads,
          memoryBudgetBytes: answerMemory(experiment),
          ...(layerScale ? { layerScale } : {}),
          scaleOutputProjection: includeOutputProjection,
          signal: context.signal,
          onAnswer,
        }),
      onBegin: (prompts) => progress.enter('sweep', null, prompts),
      onAnswer: (promptTokens) =>
        progress.worked(promptTokens > 0 ? (promptTokens + maxNewTokens) * model.spec.layers : 0),
    },
    (answers) =>
      judgeAnswers(
        judge,
        answers.map(({ answerHash, text }) => ({ answerHash, text: text ?? '' })),
        { signal: context.signal, store },
      ),
  );
}
