import { afterAll, describe, expect, test } from 'vitest';

import { NEURON_TYPES, neuronCount, type NeuronType } from '../../../src/core/methods/safeNeuron';
import type { DecoderSpec } from '../../../src/core/model/decoderSpec';
import { decoderBlock } from '../../../src/engine/blocks/decoderBlock';
import { GraphBuilder } from '../../../src/engine/graph/graphBuilder';
import {
  addNeuronOutputs,
  columnNorms,
  contextImportances,
  ffnImportances,
  NEURON_ROWS,
  outputGram,
  qkWidth,
} from '../../../src/engine/neurons/neuronOutputs';
import { QueryKeyImportance } from '../../../src/engine/neurons/queryKeyImportance';
import type { Feeds } from '../../../src/engine/ort/runtime';
import { ProgramCache } from '../../../src/engine/stream/programCache';
import { openGraph } from '../graph/runGraph';
import { describeConfig } from '../model/describe';
import { changeNorm, openBlock, randomFeeds, switchedOff, type Arrays } from './zeroOut';

const SIZES = {
  hidden_size: 24,
  intermediate_size: 20,
  num_hidden_layers: 2,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  head_dim: 8,
  vocab_size: 50,
};
const GEMMA = { ...SIZES, sliding_window: 3, query_pre_attn_scalar: 8 };

/** Layer 0 of each. */
const MODELS: Readonly<Record<string, Record<string, unknown>>> = {
  llama: { model_type: 'llama', ...SIZES },
  'llama with equal heads': { model_type: 'llama', ...SIZES, num_key_value_heads: 6 },
  'qwen2, biases': { model_type: 'qwen2', ...SIZES },
  'qwen3, head norm': { model_type: 'qwen3', ...SIZES },
  'gemma2, soft cap and window': { model_type: 'gemma2', ...GEMMA, attn_logit_softcapping: 2 },
  'gemma3, head norm and window': { model_type: 'gemma3_text', ...GEMMA, sliding_window_pattern: 2 },
  'olmo2, norm over all heads': { model_type: 'olmo2', ...SIZES, head_dim: 4 },
  'phi3, fused, partly rotated': { model_type: 'phi3', ...SIZES, head_dim: 4, partial_rotary_factor: 0.5 },
};

const [BATCH, LENGTH, FROM, PROMPT] = [2, 16, 1, 11];

const tensors = (arrays: Arrays, dims: Record<string, number[]>): Feeds =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, data]) => [name, { data, dims: dims[name] ?? [data.length] }]),
  );

/** Importances of the texts of a batch as the engine has them: shared forward graph, then queries and keys. */
async function importances(
  spec: DecoderSpec,
  feeds: Arrays,
  programs: ProgramCache,
  chunkElements?: number,
): Promise<Record<NeuronType, Float32Array>[]> {
  const b = new GraphBuilder('shared');
  const shape = { batch: BATCH, length: LENGTH };
  const block = decoderBlock(b, spec, shape);
  addNeuronOutputs(b, block, spec, { mode: 'paper', types: NEURON_TYPES, shape });
  const marked = Float32Array.from({ length: BATCH * LENGTH }, (_, row) =>
    row % LENGTH >= FROM && row % LENGTH < PROMPT ? 1 : 0,
  );
  const found = await (await openGraph(b))({ ...feeds, [NEURON_ROWS]: marked });
  const output = (name: string, sample: number): Float32Array => {
    const data = found[name] ?? new Float32Array();
    return data.subarray((sample * data.length) / BATCH, ((sample + 1) * data.length) / BATCH);
  };
  const qk = new QueryKeyImportance(spec, 'paper', ['q', 'k'], programs, chunkElements);
  const half = spec.rotaryDim / 2;
  const list: Record<NeuronType, Float32Array>[] = [];
  for (let sample = 0; sample < BATCH; sample++) {
    const { v, o } = contextImportances(
      spec,
      output('safeNeuron.context', sample),
      outputGram(spec, feeds['weight.o'] ?? new Float32Array()),
    );
    const norms = columnNorms(feeds['weight.down'] ?? new Float32Array(), spec.intermediateSize);
    const { q, k } = await qk.changes({
      qk: output('safeNeuron.qk', sample).subarray(0, LENGTH * qkWidth(spec)),
      length: LENGTH,
      rows: marked.subarray(0, LENGTH),
      window: spec.layerKinds[0]?.window ?? null,
      feeds: tensors(feeds, { cos: [LENGTH, half], sin: [LENGTH, half], mask: [LENGTH, LENGTH] }),
    });
    list.push({
      q: Float32Array.from(q ?? [], Math.sqrt),
      k: Float32Array.from(k ?? [], Math.sqrt),
      v,
      o,
      ffn: ffnImportances(output('safeNeuron.ffn', sample), norms),
    });
  }
  return list;
}

describe.each(Object.entries(MODELS))('%s', (name, config) => {
  const spec = describeConfig(config);
  const feeds = randomFeeds(spec, 0, BATCH, LENGTH, name.length);
  const programs = new ProgramCache({ threads: 1 });
  afterAll(() => programs.release());

  test.each(NEURON_TYPES)('importance of %s is the change when the neuron is really off', async (type) => {
    const found = await importances(spec, feeds, programs);
    const run = await openBlock(spec, BATCH, LENGTH);
    const before = await run(feeds);
    const count = neuronCount(spec, type);
    expect(found[0]?.[type].length).toBe(count);
    for (let neuron = 0; neuron < count; neuron++) {
      const after = await run(switchedOff(spec, feeds, type, neuron));
      for (let sample = 0; sample < BATCH; sample++) {
        const change = changeNorm(spec, type, before, after, {
          sample,
          length: LENGTH,
          from: FROM,
          to: PROMPT,
        });
        const importance = found[sample]?.[type][neuron] ?? NaN;
        expect(change).toBeGreaterThan(0);
        expect(Math.abs(importance - change)).toBeLessThan(1e-5 * Math.max(1, change));
      }
    }
  });

  test('does not depend on how much is computed at a time', async () => {
    const [whole, small] = [
      await importances(spec, feeds, programs),
      await importances(spec, feeds, programs, 700),
    ];
    for (const type of ['q', 'k'] as const) {
      whole[0]?.[type].forEach((value, neuron) => {
        expect(Math.abs((small[0]?.[type][neuron] ?? NaN) - value)).toBeLessThan(1e-6);
      });
    }
  });
});
