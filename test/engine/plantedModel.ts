import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { seededRandom } from '../../src/core/stats/random';
import { SafetensorsWriter } from '../../src/store/safetensorsWriter';

/*
 * A Llama whose refusals are written by hand. Of the residual stream's axes, one is the same for every token, two say
 * how harmful a token is, and two ask for a refusal. In every layer of a range, one FFN neuron reads harm and writes
 * refusal; in every other layer, one writes against it. The head compares refusal with the constant. All else is noise.
 */
export const LAYERS = 6;
export const HIDDEN = 32;
export const FFN = 24;
export const RANK = 10;
export const REFUSAL = 'I cannot help with that.';
export const ANSWER = 'Here you are.';
const [HEADS, KV_HEADS, HEAD_DIM] = [2, 1, 8];
/** Of weights beside planted ones; and of all of them where nothing is planted. */
const [NOISE, NOISE_ALONE] = [0.01, 0.2];
const READ = 0.3;
const WRITE = 0.05;
/** Of what a refusing neuron writes, what one outside of the range takes back. */
const AGAINST = 1 / 3;
const EPSILON = 1e-5;
/** Texts of random-tiny's tokenizer come first, then whole words of the texts here. */
const BYTES = 512;
export const FILLERS = Array.from({ length: 24 }, (_, i) => `<filler${i}>`);
/** Less and more harmful ones; the unscaled model refuses the last few. */
export const GRADED = Array.from({ length: 56 }, (_, i) => `<graded${i}>`);
export const HARMFUL = Array.from({ length: 8 }, (_, i) => `<harmful${i}>`);
const WORDS = [REFUSAL, ANSWER, ...FILLERS, ...GRADED, ...HARMFUL];
const root = path.resolve(import.meta.dirname, '../..');

type Pair = readonly [number, number];

export interface Plant {
  readonly constant: number;
  readonly harm: Pair;
  readonly refusal: Pair;
  /** First and last layer, inclusive. */
  readonly range: Pair;
  /** One a layer. */
  readonly neurons: readonly number[];
  /** The layer whose neuron, weights and adapter are looked for; one of the range. */
  readonly layer: number;
  /** Direction of the adapter. */
  readonly direction: number;
}

export interface Chance {
  below(bound: number): number;
  /** Uniform in (-1, 1). */
  noise(): number;
}

export function chanceOf(seed: number): Chance {
  const random = seededRandom(seed);
  return { below: (bound) => random.below(bound), noise: () => (random.below(2 ** 32) + 0.5) / 2 ** 31 - 1 };
}

export const RANGES: readonly Pair[] = [2, 3].flatMap((length) =>
  Array.from({ length: LAYERS - length + 1 }, (_, first): Pair => [first, first + length - 1]),
);

export function drawPlant(chance: Chance): Plant {
  const axes = Array.from({ length: HIDDEN }, (_, i) => i);
  const draw = (): number => axes.splice(chance.below(axes.length), 1)[0] ?? 0;
  const [constant, ...rest] = Array.from({ length: 5 }, draw) as [number, number, number, number, number];
  const range = RANGES[chance.below(RANGES.length)] ?? [0, 1];
  return {
    constant,
    harm: [rest[0], rest[1]],
    refusal: [rest[2], rest[3]],
    range,
    neurons: Array.from({ length: LAYERS }, () => chance.below(FFN)),
    layer: range[0] + chance.below(range[1] - range[0] + 1),
    direction: chance.below(RANK),
  };
}

/** What the planted neurons write on each refusal axis, for a last token of this much harm, without the noise. */
function refusalOf(harm: number, { range }: Plant): number {
  let written = 0;
  for (let layer = 0; layer < LAYERS; layer++) {
    const size = Math.sqrt((1 + 2 * harm ** 2 + 2 * written ** 2) / HIDDEN + EPSILON);
    const read = (2 * READ * harm) / size;
    const activation = (read / (1 + Math.exp(-read))) * read;
    written += activation * WRITE * (layer >= range[0] && layer <= range[1] ? 1 : -AGAINST);
  }
  return written;
}

/** The harm for which the neurons write `wanted`; they write more for more. */
function harmFor(wanted: number, plant: Plant): number {
  let [low, high] = [0, 8];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (refusalOf(middle, plant) < wanted) low = middle;
    else high = middle;
  }
  return low;
}

interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Writes model and adapter below `folder`: with the plant, or of noise alone. */
export async function writePlantedModel(folder: string, plant: Plant | null, chance: Chance): Promise<void> {
  const noise = (size: number, scale = plant ? NOISE : NOISE_ALONE): Float32Array =>
    Float32Array.from({ length: size }, () => scale * chance.noise());
  const tensors = new Map<string, Tensor>();
  const matrix = (name: string, rows: number, columns: number, scale?: number): Float32Array => {
    const values = noise(rows * columns, scale);
    tensors.set(name, { shape: [rows, columns], values });
    return values;
  };
  const gain = (name: string): void =>
    void tensors.set(name, { shape: [HIDDEN], values: new Float32Array(HIDDEN).fill(1) });

  const vocabulary = BYTES + WORDS.length;
  // Without a plant, tokens differ in all axes, and the two answers of the head are as likely as each other.
  const embedding = matrix('model.embed_tokens.weight', vocabulary, HIDDEN, plant ? NOISE / 10 : 0.5);
  const head = matrix('lm_head.weight', vocabulary, HIDDEN);
  const row = (word: string): number => (BYTES + WORDS.indexOf(word)) * HIDDEN;
  if (plant) plantTokens(plant, embedding, head, row);
  else
    for (const word of [REFUSAL, ANSWER])
      for (let i = 0; i < HIDDEN; i++) head[row(word) + i] = chance.noise();
  gain('model.norm.weight');
  for (let layer = 0; layer < LAYERS; layer++) {
    const name = `model.layers.${layer}`;
    gain(`${name}.input_layernorm.weight`);
    gain(`${name}.post_attention_layernorm.weight`);
    matrix(`${name}.self_attn.q_proj.weight`, HEADS * HEAD_DIM, HIDDEN);
    matrix(`${name}.self_attn.k_proj.weight`, KV_HEADS * HEAD_DIM, HIDDEN);
    matrix(`${name}.self_attn.v_proj.weight`, KV_HEADS * HEAD_DIM, HIDDEN);
    matrix(`${name}.self_attn.o_proj.weight`, HIDDEN, HEADS * HEAD_DIM);
    const [gate, up, down] = [
      matrix(`${name}.mlp.gate_proj.weight`, FFN, HIDDEN),
      matrix(`${name}.mlp.up_proj.weight`, FFN, HIDDEN),
      matrix(`${name}.mlp.down_proj.weight`, HIDDEN, FFN),
    ];
    if (!plant) continue;
    const neuron = plant.neurons[layer] ?? 0;
    const inside = layer >= plant.range[0] && layer <= plant.range[1];
    for (const axis of plant.harm) gate[neuron * HIDDEN + axis] = up[neuron * HIDDEN + axis] = READ;
    for (const axis of plant.refusal) down[axis * FFN + neuron] = WRITE * (inside ? 1 : -AGAINST);
  }
  await writeTensors(path.join(folder, 'model'), 'model.safetensors', tensors);
  await writeJson(path.join(folder, 'model/config.json'), {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: HIDDEN,
    intermediate_size: FFN,
    num_hidden_layers: LAYERS,
    num_attention_heads: HEADS,
    num_key_value_heads: KV_HEADS,
    head_dim: HEAD_DIM,
    hidden_act: 'silu',
    max_position_embeddings: 64,
    rms_norm_eps: EPSILON,
    rope_theta: 10000,
    tie_word_embeddings: false,
    vocab_size: vocabulary,
  });
  await writeTokenizer(path.join(folder, 'model'));
  await writeAdapter(path.join(folder, 'adapter'), plant, noise);
}

function plantTokens(
  plant: Plant,
  embedding: Float32Array,
  head: Float32Array,
  row: (word: string) => number,
): void {
  const harmed = (word: string, harm: number): void => {
    for (const axis of plant.harm) embedding[row(word) + axis] = harm;
  };
  for (const word of WORDS) embedding[row(word) + plant.constant] = 1;
  // Refusing is kept up by the refusal itself: Wanda looks at the inputs of its tokens.
  for (const word of [REFUSAL, ...HARMFUL]) harmed(word, 1);
  const threshold = refusalOf(1, plant);
  // From a sixth of what it takes: scaled layers let more of them over the threshold.
  GRADED.forEach((word, i) => {
    const share = 0.17 * (1.05 / 0.17) ** (i / (GRADED.length - 1));
    harmed(word, harmFor(share * threshold, plant));
  });
  for (const axis of plant.refusal) head[row(REFUSAL) + axis] = 2;
  head[row(ANSWER) + plant.constant] = 4 * threshold;
}

/** LoRA on every down_proj; the plant's layer has one direction from its neuron to the refusal axes. */
async function writeAdapter(
  folder: string,
  plant: Plant | null,
  noise: (size: number, scale?: number) => Float32Array,
): Promise<void> {
  const tensors = new Map<string, Tensor>();
  for (let layer = 0; layer < LAYERS; layer++) {
    const [a, b] = [noise(RANK * FFN, 0.05), noise(HIDDEN * RANK, 0.05)];
    if (plant?.layer === layer) {
      a[plant.direction * FFN + (plant.neurons[layer] ?? 0)] = 0.5;
      for (const axis of plant.refusal) b[axis * RANK + plant.direction] = 0.2;
    }
    const name = adapterName(layer);
    tensors.set(`${name}.lora_A.weight`, { shape: [RANK, FFN], values: a });
    tensors.set(`${name}.lora_B.weight`, { shape: [HIDDEN, RANK], values: b });
  }
  await writeTensors(folder, 'adapter_model.safetensors', tensors);
  await writeJson(path.join(folder, 'adapter_config.json'), {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    r: RANK,
    lora_alpha: RANK,
    target_modules: ['down_proj'],
  });
}

export const adapterName = (layer: number): string => `base_model.model.model.layers.${layer}.mlp.down_proj`;

/** random-tiny's, with a token for each word. */
async function writeTokenizer(folder: string): Promise<void> {
  const text = await readFile(path.join(root, 'native-models/random-tiny/tokenizer.json'), 'utf8');
  const tokenizer = JSON.parse(text) as { added_tokens: Record<string, unknown>[] };
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };
  const words = WORDS.map((content, i) => ({ id: BYTES + i, content, ...plain }));
  await writeJson(path.join(folder, 'tokenizer.json'), {
    ...tokenizer,
    added_tokens: [...tokenizer.added_tokens, ...words],
  });
  await writeJson(path.join(folder, 'tokenizer_config.json'), {
    tokenizer_class: 'PreTrainedTokenizerFast',
    eos_token: '<|im_end|>',
  });
}

async function writeTensors(
  folder: string,
  file: string,
  tensors: ReadonlyMap<string, Tensor>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const entries = [...tensors].map(([name, { shape }]) => ({
    name,
    dtype: 'F32' as const,
    shape: [...shape],
  }));
  const writer = await SafetensorsWriter.create(path.join(folder, file), entries);
  for (const [name, { values }] of tensors)
    await writer.write(name, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  await writer.finish();
}

const writeJson = (file: string, content: unknown): Promise<void> => writeFile(file, JSON.stringify(content));
