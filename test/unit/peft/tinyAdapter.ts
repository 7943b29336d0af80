import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CheckedConfig } from '../../../src/core/model/checkedConfig';
import type { DecoderSpec } from '../../../src/core/model/decoderSpec';
import { describeModel } from '../../../src/core/model/registry';
import { LLAMA_CONFIG, writeShard } from '../formats-model/tinyModel';

export const spec: DecoderSpec = describeModel(CheckedConfig.of(LLAMA_CONFIG, 'config.json'), {
  has: () => true,
});

/** As PEFT writes it, less the fields that say nothing. */
export const CONFIG = {
  peft_type: 'LORA',
  task_type: 'CAUSAL_LM',
  r: 2,
  lora_alpha: 4,
  use_rslora: false,
  use_dora: false,
  bias: 'none',
  fan_in_fan_out: false,
  modules_to_save: null,
  rank_pattern: {},
  alpha_pattern: {},
  layers_to_transform: null,
  layers_pattern: null,
  init_lora_weights: true,
  target_modules: ['q_proj', 'down_proj'],
};

/** Of the two modules that CONFIG names, in both layers of the model of `tinyModel`. */
export function adapterShapes(rank = 2, infix = ''): Record<string, number[]> {
  const shapes: Record<string, number[]> = {};
  for (const layer of [0, 1]) {
    const prefix = `base_model.model.model.layers.${layer}`;
    shapes[`${prefix}.self_attn.q_proj.lora_A${infix}.weight`] = [rank, 8];
    shapes[`${prefix}.self_attn.q_proj.lora_B${infix}.weight`] = [8, rank];
    shapes[`${prefix}.mlp.down_proj.lora_A${infix}.weight`] = [rank, 6];
    shapes[`${prefix}.mlp.down_proj.lora_B${infix}.weight`] = [8, rank];
  }
  return shapes;
}

export async function writeAdapter(
  directory: string,
  config: unknown = CONFIG,
  shapes: Record<string, number[]> = adapterShapes(),
  dtype: 'F32' | 'BF16' | 'F64' = 'F32',
): Promise<Map<string, number[]>> {
  await mkdir(directory, { recursive: true });
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  await writeFile(join(directory, 'adapter_config.json'), text);
  return writeShard(join(directory, 'adapter_model.safetensors'), shapes, dtype);
}
