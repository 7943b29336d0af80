import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CheckedConfig } from '../../../src/core/model/checkedConfig';
import { parameterShapes } from '../../../src/core/model/parameterShapes';
import { describeModel } from '../../../src/core/model/registry';
import { openModel, type ModelSource } from '../../../src/engine/formats/modelDirectory';
import { SafetensorsWriter } from '../../../src/store/safetensorsWriter';

/** Uniform in [0, 1), the same sequence for the same seed (Mulberry32). */
export function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const RANDOM_LLAMA = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  vocab_size: 97,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  hidden_act: 'silu',
  tie_word_embeddings: false,
};

/**
 * Writes and opens a model of any architecture with random float32 weights, large enough for answers to depend on
 * every part. `factor` gives the factor of a parameter.
 */
export async function randomModel(
  directory: string,
  config: Readonly<Record<string, unknown>> = RANDOM_LLAMA,
  factor: (name: string) => number = () => 1,
): Promise<ModelSource> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.json'), JSON.stringify(config));
  const shapes = [...parameterShapes(describeModel(CheckedConfig.of(config, 'config.json')))];
  const entries = shapes.map(({ name, shape }) => ({ name, dtype: 'F32' as const, shape }));
  const writer = await SafetensorsWriter.create(join(directory, 'model.safetensors'), entries, {
    format: 'pt',
  });
  const random = mulberry(11);
  for (const { name, shape } of entries) {
    const count = shape.reduce((a, b) => a * b, 1);
    const isGain = shape.length === 1 && name.endsWith('norm.weight');
    const values = Float32Array.from({ length: count }, () =>
      isGain ? 0.5 + random() : 0.8 * random() - 0.4,
    );
    const scaled = values.map((value) => value * Math.fround(factor(name)));
    await writer.write(name, new Uint8Array(scaled.buffer));
  }
  await writer.finish();
  return openModel(directory, '/', { embeddedRoot: '/' });
}
