import { inputError } from '../../protocol/errors';
import { llama } from './architectures/llama';
import { gemma } from './architectures/gemma';
import { gemma2 } from './architectures/gemma2';
import { gemma3, gemma3Text } from './architectures/gemma3';
import { mistral } from './architectures/mistral';
import { olmo2 } from './architectures/olmo2';
import { phi3 } from './architectures/phi3';
import { qwen2 } from './architectures/qwen2';
import { qwen3 } from './architectures/qwen3';
import type { CheckedConfig } from './checkedConfig';
import type { DecoderSpec } from './decoderSpec';

/** One architecture as data. Adding one is this record in a file of its own and a line in `ARCHITECTURES`. */
export interface Architecture {
  /** The values of `model_type` in config.json that it takes. */
  readonly modelTypes: readonly string[];
  /**
   * @param stored tells by which of several names a checkpoint has its tensors
   * @throws ToolError config-invalid, config-unsupported
   */
  describe(config: CheckedConfig, stored: StoredNames): DecoderSpec;
}

export interface StoredNames {
  has(tensor: string): boolean;
}

export const ARCHITECTURES: readonly Architecture[] = [
  llama,
  qwen2,
  qwen3,
  mistral,
  gemma,
  gemma2,
  gemma3Text,
  gemma3,
  phi3,
  olmo2,
];

/** Every `model_type` that can be read. */
export const KNOWN_MODEL_TYPES: readonly string[] = ARCHITECTURES.flatMap(({ modelTypes }) => modelTypes);

export function findArchitecture(modelType: string): Architecture | undefined {
  return ARCHITECTURES.find(({ modelTypes }) => modelTypes.includes(modelType));
}

/**
 * The spec that a config.json describes.
 * @throws ToolError unknown-model-type, config-invalid, config-unsupported
 */
export function describeModel(config: CheckedConfig, stored: StoredNames = new Set()): DecoderSpec {
  const modelType = config.text('model_type');
  const architecture = findArchitecture(modelType);
  if (architecture) return architecture.describe(config, stored);
  throw inputError(
    'unknown-model-type',
    `${config.file}: model_type ${JSON.stringify(modelType.slice(0, 100))} is not known.`,
    `Use a model of one of these types: ${KNOWN_MODEL_TYPES.join(', ')}.`,
  );
}
