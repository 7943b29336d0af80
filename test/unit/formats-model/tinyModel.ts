import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Dtype } from '../../../src/core/formats/dtype';
import { openModel, type ModelSource } from '../../../src/engine/formats/modelDirectory';
import { SafetensorsWriter } from '../../../src/store/safetensorsWriter';

export const LLAMA_CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 8,
  intermediate_size: 6,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 10,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  hidden_act: 'silu',
  tie_word_embeddings: false,
  torch_dtype: 'float32',
};

/** The parameters of LLAMA_CONFIG, written out by hand from transformers' modules. */
export function llamaShapes(layers = 2): Record<string, number[]> {
  const shapes: Record<string, number[]> = { 'model.embed_tokens.weight': [10, 8] };
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `model.layers.${layer}`;
    shapes[`${prefix}.self_attn.q_proj.weight`] = [8, 8];
    shapes[`${prefix}.self_attn.k_proj.weight`] = [4, 8];
    shapes[`${prefix}.self_attn.v_proj.weight`] = [4, 8];
    shapes[`${prefix}.self_attn.o_proj.weight`] = [8, 8];
    shapes[`${prefix}.mlp.gate_proj.weight`] = [6, 8];
    shapes[`${prefix}.mlp.up_proj.weight`] = [6, 8];
    shapes[`${prefix}.mlp.down_proj.weight`] = [8, 6];
    shapes[`${prefix}.input_layernorm.weight`] = [8];
    shapes[`${prefix}.post_attention_layernorm.weight`] = [8];
  }
  shapes['model.norm.weight'] = [8];
  shapes['lm_head.weight'] = [10, 8];
  return shapes;
}

/** Element i of the tensor is i / 4 + its place in the file: exact in every one of the three dtypes here. */
export async function writeShard(
  path: string,
  shapes: Record<string, number[]>,
  dtype: Dtype = 'F32',
): Promise<Map<string, number[]>> {
  const entries = Object.entries(shapes).map(([name, shape]) => ({ name, dtype, shape }));
  const values = new Map<string, number[]>();
  const writer = await SafetensorsWriter.create(path, entries, { format: 'pt' });
  for (const { name, shape } of entries) {
    const count = shape.reduce((a, b) => a * b, 1);
    const data = Array.from({ length: count }, (_, i) => (i % 64) / 4 + (values.size % 4));
    values.set(name, data);
    await writer.write(name, encode(data, dtype));
  }
  await writer.finish();
  return values;
}

function encode(values: readonly number[], dtype: Dtype): Uint8Array {
  const size = dtype === 'F32' ? 4 : dtype === 'F64' ? 8 : 2;
  const view = new DataView(new ArrayBuffer(values.length * size));
  values.forEach((value, i) => {
    if (dtype === 'F32') view.setFloat32(i * 4, value, true);
    else if (dtype === 'F64') view.setFloat64(i * 8, value, true);
    else if (dtype === 'BF16') view.setUint16(i * 2, float32Bits(value) >>> 16, true);
    else view.setUint16(i * 2, halfBits(value), true);
  });
  return new Uint8Array(view.buffer);
}

function float32Bits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0);
}

/** For normal values that a half holds exactly. */
function halfBits(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = (Math.abs(value) / 2 ** exponent - 1) * 1024;
  return (value < 0 ? 0x8000 : 0) + (exponent + 15) * 1024 + fraction;
}

export async function writeConfig(directory: string, config: unknown): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, 'config.json'),
    typeof config === 'string' ? config : JSON.stringify(config),
  );
}

interface TinyModel {
  config?: unknown;
  shapes?: Record<string, number[]>;
  dtype?: Dtype;
}

export async function writeTinyModel(
  directory: string,
  { config = LLAMA_CONFIG, shapes = llamaShapes(), dtype = 'F32' }: TinyModel = {},
): Promise<Map<string, number[]>> {
  await writeConfig(directory, config);
  return writeShard(join(directory, 'model.safetensors'), shapes, dtype);
}

export async function writeShardedModel(directory: string): Promise<Record<string, string>> {
  await writeConfig(directory, LLAMA_CONFIG);
  const names = Object.entries(llamaShapes());
  const weightMap: Record<string, string> = {};
  for (const [shard, part] of [names.slice(0, 9), names.slice(9)].entries()) {
    const file = `model-0000${shard + 1}-of-00002.safetensors`;
    for (const [name] of part) weightMap[name] = file;
    await writeShard(join(directory, file), Object.fromEntries(part));
  }
  await writeIndex(directory, weightMap);
  return weightMap;
}

export async function writeIndex(directory: string, weightMap: unknown): Promise<void> {
  const index = { metadata: { total_size: 1 }, weight_map: weightMap };
  await writeFile(join(directory, 'model.safetensors.index.json'), JSON.stringify(index));
}

/** Closed when the test is over. */
export async function open(reference: string, baseDir = '/', embeddedRoot = '/'): Promise<ModelSource> {
  const model = await openModel(reference, baseDir, { embeddedRoot });
  onTestFinished(() => model.close());
  return model;
}

export function without<T>(record: Record<string, T>, left: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== left));
}
