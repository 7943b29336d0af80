import type { CheckedConfig } from '../../core/model/checkedConfig';
import type { ModelWeights } from '../formats/modelWeights';

/** A BERT encoder (Devlin et al. 2019), MiniLM among them: post-norm blocks, absolute positions. */
export interface BertSpec {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly normEps: number;
  readonly activation: 'gelu' | 'geluTanh' | 'relu';
  readonly vocabSize: number;
  readonly maxPositions: number;
  /** 'bert.' where the checkpoint has a head of its own, else ''. */
  readonly prefix: string;
  /** Names of a norm's two parameters: old checkpoints say gamma and beta. */
  readonly norm: { readonly gain: string; readonly bias: string };
}

const ACTIVATIONS: Readonly<Record<string, BertSpec['activation']>> = {
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  relu: 'relu',
};

/** @throws ToolError config-unsupported, config-invalid, and tensor-missing, tensor-shape, tensor-dtype */
export function describeBert(config: CheckedConfig, weights: Pick<ModelWeights, 'has' | 'check'>): BertSpec {
  if (config.text('model_type') !== 'bert') {
    throw config.unsupported(
      'model_type',
      "safetensors encoders of type 'bert' are read, others as model.onnx",
    );
  }
  if (config.text('position_embedding_type', 'absolute') !== 'absolute') {
    throw config.unsupported('position_embedding_type', 'positions are absolute here');
  }
  if (config.flag('is_decoder', false))
    throw config.unsupported('is_decoder', 'an encoder attends both ways');
  const activation = ACTIVATIONS[config.text('hidden_act', 'gelu')];
  if (!activation) throw config.unsupported('hidden_act', `known are ${Object.keys(ACTIVATIONS).join(', ')}`);
  const hiddenSize = config.count('hidden_size');
  const heads = config.count('num_attention_heads');
  if (hiddenSize % heads !== 0) throw config.invalid('num_attention_heads', 'a divisor of hidden_size');
  const prefix = weights.has('bert.embeddings.word_embeddings.weight') ? 'bert.' : '';
  const isOld = weights.has(`${prefix}embeddings.LayerNorm.gamma`);
  const spec: BertSpec = {
    layers: config.count('num_hidden_layers'),
    hiddenSize,
    heads,
    intermediateSize: config.count('intermediate_size'),
    normEps: config.positive('layer_norm_eps', 1e-12),
    activation,
    vocabSize: config.count('vocab_size'),
    maxPositions: config.count('max_position_embeddings'),
    prefix,
    norm: isOld ? { gain: 'gamma', bias: 'beta' } : { gain: 'weight', bias: 'bias' },
  };
  for (const [name, shape] of parameters(spec, config.count('type_vocab_size', 2)))
    weights.check(name, shape);
  return spec;
}

/** Input of a layer's graph -> parameter and shape; see `bertLayer`. */
export function layerParameters(
  { hiddenSize: h, intermediateSize: m, prefix, norm }: BertSpec,
  layer: number,
): ReadonlyMap<string, readonly [name: string, shape: readonly number[]]> {
  const at = (name: string): string => `${prefix}encoder.layer.${layer}.${name}`;
  type Entry = [input: string, parameter: readonly [name: string, shape: readonly number[]]];
  const linear = (key: string, name: string, rows: number, columns: number): Entry[] => [
    [`W${key}`, [at(`${name}.weight`), [rows, columns]]],
    [`b${key}`, [at(`${name}.bias`), [rows]]],
  ];
  const norms = (key: string, name: string): Entry[] => [
    [`gain${key}`, [at(`${name}.LayerNorm.${norm.gain}`), [h]]],
    [`bias${key}`, [at(`${name}.LayerNorm.${norm.bias}`), [h]]],
  ];
  return new Map([
    ...linear('q', 'attention.self.query', h, h),
    ...linear('k', 'attention.self.key', h, h),
    ...linear('v', 'attention.self.value', h, h),
    ...linear('o', 'attention.output.dense', h, h),
    ...norms('1', 'attention.output'),
    ...linear('up', 'intermediate.dense', m, h),
    ...linear('down', 'output.dense', h, m),
    ...norms('2', 'output'),
  ]);
}

export const embeddingNames = ({ prefix, norm }: BertSpec) => ({
  word: `${prefix}embeddings.word_embeddings.weight`,
  position: `${prefix}embeddings.position_embeddings.weight`,
  type: `${prefix}embeddings.token_type_embeddings.weight`,
  gain: `${prefix}embeddings.LayerNorm.${norm.gain}`,
  bias: `${prefix}embeddings.LayerNorm.${norm.bias}`,
});

/** One by one: a file may claim any number of layers, and the first that is missing ends it. */
function* parameters(spec: BertSpec, types: number): Generator<readonly [string, readonly number[]]> {
  const { word, position, type, gain, bias } = embeddingNames(spec);
  const h = spec.hiddenSize;
  yield [word, [spec.vocabSize, h]];
  yield [position, [spec.maxPositions, h]];
  yield [type, [types, h]];
  yield [gain, [h]];
  yield [bias, [h]];
  for (let layer = 0; layer < spec.layers; layer++) yield* layerParameters(spec, layer).values();
}
