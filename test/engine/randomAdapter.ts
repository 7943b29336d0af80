import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { SafetensorsWriter } from '../../src/store/safetensorsWriter';

/** Output and input features of the projections of native-models/random-tiny. */
export const SIZES: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  'self_attn.q_proj': [64, 64],
  'self_attn.k_proj': [32, 64],
  'self_attn.v_proj': [32, 64],
  'self_attn.o_proj': [64, 64],
  'mlp.gate_proj': [160, 64],
  'mlp.up_proj': [160, 64],
  'mlp.down_proj': [64, 160],
};
export const LAYERS = 4;

export interface RandomAdapter {
  readonly rank: number;
  readonly targets?: readonly string[];
  /** Turns the first two directions of every module by this angle: the same model in another basis. */
  readonly turn?: number;
  /** Multiplies A by this, and divides B by it. */
  readonly stretch?: number;
}

/** A LoRA adapter of random-tiny in PEFT's format. Its numbers depend on nothing but the names. */
export async function writeRandomAdapter(
  folder: string,
  { rank, targets = Object.keys(SIZES), turn = 0, stretch = 1 }: RandomAdapter,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    r: rank,
    lora_alpha: 2 * rank,
    target_modules: targets,
  };
  await writeFile(path.join(folder, 'adapter_config.json'), JSON.stringify(config));
  const modules = Array.from({ length: LAYERS }, (_, layer) =>
    targets.map((module) => ({
      name: `base_model.model.model.layers.${layer}.${module}`,
      size: SIZES[module] ?? [0, 0],
    })),
  ).flat();
  const entries = modules.flatMap(({ name, size: [rows, columns] }) => [
    { name: `${name}.lora_A.weight`, dtype: 'F32' as const, shape: [rank, columns] },
    { name: `${name}.lora_B.weight`, dtype: 'F32' as const, shape: [rows, rank] },
  ]);
  const writer = await SafetensorsWriter.create(path.join(folder, 'adapter_model.safetensors'), entries);
  for (const [seed, { name, size }] of modules.entries()) {
    const [rows, columns] = size;
    const next = random(seed + 1);
    const a = Float32Array.from({ length: rank * columns }, () => 0.2 * next());
    const b = Float32Array.from({ length: rows * rank }, () => 0.2 * next());
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    for (let j = 0; j < columns; j++) turnPair(a, j, columns + j, cos, sin);
    for (let i = 0; i < rows; i++) turnPair(b, i * rank, i * rank + 1, cos, sin);
    await writer.write(`${name}.lora_A.weight`, bytesOf(a.map((value) => value * stretch)));
    await writer.write(`${name}.lora_B.weight`, bytesOf(b.map((value) => value / stretch)));
  }
  await writer.finish();
}

function turnPair(values: Float32Array, i: number, j: number, cos: number, sin: number): void {
  const [first, second] = [values[i] ?? 0, values[j] ?? 0];
  values[i] = cos * first - sin * second;
  values[j] = sin * first + cos * second;
}

/** Numbers in (-1, 1) that depend on the seed alone. */
export function random(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
}

const bytesOf = (data: Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
