import { CheckedConfig } from '../../../src/core/model/checkedConfig';
import type { DecoderSpec, NormName } from '../../../src/core/model/decoderSpec';
import { parameterShapes } from '../../../src/core/model/parameterShapes';
import { describeModel, type StoredNames } from '../../../src/core/model/registry';
import { ToolError } from '../../../src/protocol/errors';

/** Sizes of a small model as a config.json has them. */
export const SIZES = {
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 3,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  vocab_size: 100,
};

export const describeConfig = (config: object, stored?: StoredNames): DecoderSpec =>
  describeModel(CheckedConfig.of(config, 'x/config.json'), stored);

export function errorOf(config: object): ToolError {
  try {
    describeConfig(config);
  } catch (thrown) {
    if (thrown instanceof ToolError) return thrown;
    throw thrown;
  }
  throw new Error('no error');
}

export const windowsOf = (config: object): (number | null)[] =>
  describeConfig(config).layerKinds.map(({ window }) => window);

export const normsOf = ({ norms }: DecoderSpec): Partial<Record<NormName, [string, number]>> =>
  Object.fromEntries(norms.map(({ name, param, size }) => [name, [param, size]]));

export const shapesOf = (spec: DecoderSpec): Map<string, readonly number[]> =>
  new Map([...parameterShapes(spec)].map(({ name, shape }) => [name, shape]));

export const biasedModules = ({ groups }: DecoderSpec): string[] =>
  groups
    .flatMap(({ members }) => members)
    .flatMap(({ bias, module }) => (bias === undefined ? [] : [module]));
