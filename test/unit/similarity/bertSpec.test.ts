import { expect, it } from 'vitest';

import { CheckedConfig } from '../../../src/core/model/checkedConfig';
import { describeBert } from '../../../src/engine/embed/bertSpec';

it('an encoder that claims more layers than memory holds is refused at the first that is missing', () => {
  const config = {
    model_type: 'bert',
    hidden_size: 8,
    num_attention_heads: 2,
    intermediate_size: 16,
    num_hidden_layers: Number.MAX_SAFE_INTEGER,
    vocab_size: 20,
    max_position_embeddings: 32,
  };
  const checked: string[] = [];
  const weights = {
    has: () => false,
    check: (name: string): void => {
      if (name.includes('.layer.2.')) throw new Error(`${name} is missing`);
      checked.push(name);
    },
  };
  expect(() => describeBert(CheckedConfig.of(config, 'config.json'), weights)).toThrow(
    'encoder.layer.2.attention.self.query.weight is missing',
  );
  expect(checked).toHaveLength(5 + 2 * 16);
});
