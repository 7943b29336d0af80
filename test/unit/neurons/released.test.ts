import { describe, expect, test } from 'vitest';

import {
  hasType,
  neuronCount,
  neuronsOfRanked,
  rankedCount,
  releasedKeyValueRow,
} from '../../../src/core/methods/safeNeuron';
import type { DecoderSpec } from '../../../src/core/model/decoderSpec';
import { decoderBlock } from '../../../src/engine/blocks/decoderBlock';
import { GraphBuilder } from '../../../src/engine/graph/graphBuilder';
import { gatedActivation } from '../../../src/engine/graph/ops';
import {
  addNeuronOutputs,
  columnNorms,
  ffnImportances,
  NEURON_ROWS,
} from '../../../src/engine/neurons/neuronOutputs';
import { QueryKeyImportance } from '../../../src/engine/neurons/queryKeyImportance';
import { causalMask } from '../../../src/engine/blocks/rotaryTables';
import { ProgramCache } from '../../../src/engine/stream/programCache';
import { openGraph, runGraph } from '../graph/runGraph';
import { makeSpec } from '../graph/specs';
import { describeConfig, SIZES } from '../model/describe';
import { randomFeeds } from './zeroOut';

/** One head of width 2 with the given queries and keys; tables as given, no rotation where left out. */
async function changesOf(
  mode: 'paper' | 'code',
  q: readonly (readonly number[])[],
  k: readonly (readonly number[])[],
  { cos = [1, 1], sin = [0, 0] }: { cos?: number[]; sin?: number[] } = {},
): Promise<{ q: number[]; k: number[] }> {
  const spec = makeSpec({
    hiddenSize: 2,
    heads: 1,
    kvHeads: 1,
    headDim: 2,
    intermediateSize: 2,
    theta: 1e4,
    normEps: 0,
  });
  const programs = new ProgramCache({ threads: 1 });
  try {
    const run = new QueryKeyImportance(spec, mode, ['q', 'k'], programs);
    // Rows past the two are padding: a text is a multiple of 8 long.
    const length = 8;
    const padded = (values: readonly number[], size: number, rest: number): Float32Array =>
      Float32Array.from({ length: size }, (_, i) => values[i] ?? rest);
    const rows = q.flatMap((row, i) => [...row, ...(k[i] ?? [])]);
    const { q: ofQ = [], k: ofK = [] } = await run.changes({
      qk: padded(rows, length * 4, 0.5),
      length,
      rows: padded([1, 1], length, 0),
      window: null,
      feeds: {
        cos: { data: padded(cos, length, 1), dims: [length, 1] },
        sin: { data: padded(sin, length, 0), dims: [length, 1] },
        mask: { data: causalMask(length), dims: [length, length] },
      },
    });
    return { q: [...ofQ], k: [...ofK] };
  } finally {
    await programs.release();
  }
}

describe('worked examples of METHODS.md', () => {
  test('T18: ||h_k|| ||W_down[:, k]||', () => {
    const sums = Float32Array.of(1 + 4, 4 + 0);
    const [first = NaN, second = NaN] = ffnImportances(sums, columnNorms(Float32Array.of(3, 1, 4, 1), 2));
    expect(first).toBeCloseTo(11.18034, 5);
    expect(second).toBeCloseTo(2.828427, 6);
  });

  test('T19: up alone prefers a neuron whose gate is closed, its product with the gate the other', async () => {
    const b = new GraphBuilder('gated');
    b.output('h', gatedActivation(b, b.input('gate', [1, 2]), b.input('up', [1, 2]), 'silu'));
    const up = Float32Array.of(10, 1);
    const { h = new Float32Array() } = await runGraph(b, { gate: Float32Array.of(-10, 10), up });
    expect(h[0]).toBeCloseTo(-0.00454, 5);
    expect(h[1]).toBeCloseTo(9.99955, 4);
    const paper = ffnImportances(
      h.map((x) => x * x),
      Float64Array.of(1, 1),
    );
    expect(paper[1]).toBeGreaterThan(paper[0] ?? NaN);
    expect(up[0]).toBeGreaterThan(up[1] ?? NaN);
  });

  test('T20: norm of the change of softmax; the released code squares, and leaves the scale out', async () => {
    const [q, k] = [
      [
        [1, 0],
        [1, 1],
      ],
      [
        [1, 0],
        [0, 2],
      ],
    ];
    const paper = await changesOf('paper', q, k);
    const code = await changesOf('code', q, k);
    [0.19045, 0.480158].forEach((expected, n) => {
      expect(Math.sqrt(paper.q[n] ?? NaN)).toBeCloseTo(expected, 6);
      expect(Math.sqrt(paper.k[n] ?? NaN)).toBeCloseTo(expected, 6);
    });
    [0.036271, 0.230552].forEach((expected, n) => expect(paper.q[n]).toBeCloseTo(expected, 6));
    [0.062445, 0.412955].forEach((expected, n) => expect(code.q[n]).toBeCloseTo(expected, 6));
  });

  test('T20b: a row before the rotation is no coordinate after it', async () => {
    // q = (1, 0) at position 1, turned by 90 degrees; k = (0, 1) at position 0.
    const [q, k] = [
      [
        [0, 0],
        [1, 0],
      ],
      [
        [0, 1],
        [0, 0],
      ],
    ];
    const turn = { cos: [1, 0], sin: [0, 1] };
    const scale = Math.SQRT1_2;
    const p = 1 / (1 + Math.exp(-scale));
    const whole = 2 * (p - 0.5) ** 2;
    const paper = await changesOf('paper', q, k, turn);
    [whole, 0].forEach((expected, n) => expect(paper.q[n]).toBeCloseTo(expected, 6));
    [0, whole].forEach((expected, n) => expect(paper.k[n]).toBeCloseTo(expected, 6));
    const code = await changesOf('code', q, k, turn);
    expect(code.q[0]).toBe(0);
    // Unscaled: the score of scale less 1.
    expect(code.q[1]).toBeCloseTo(2 * (p - 1 / (1 + Math.exp(1 - scale))) ** 2, 6);
  });

  /** repeat_interleave writes each head r times: the row that really is behind index i. */
  const keyValueRowOfRepeated = ({ heads, kvHeads, headDim }: DecoderSpec, index: number): number =>
    Math.floor(index / (headDim * (heads / kvHeads))) * headDim + (index % headDim);

  test('T21: rows of keys and values behind the repeated space, and those that the released code takes', () => {
    const of = (heads: number, kvHeads: number, headDim: number): DecoderSpec =>
      makeSpec({ hiddenSize: 8, heads, kvHeads, headDim, intermediateSize: 4, theta: 1e4, normEps: 0 });
    const small = of(4, 2, 4);
    expect([5, 8, 13].map((i) => keyValueRowOfRepeated(small, i))).toEqual([1, 4, 5]);
    expect([5, 13].map((i) => releasedKeyValueRow(small, i))).toEqual([2, 6]);
    const llama3 = of(32, 8, 128);
    expect(keyValueRowOfRepeated(llama3, 130)).toBe(2);
    expect(releasedKeyValueRow(llama3, 130)).toBe(32);
    const agree = Array.from({ length: 4096 }, (_, i) => i).filter(
      (i) => keyValueRowOfRepeated(llama3, i) === releasedKeyValueRow(llama3, i),
    );
    expect(agree.length).toBe(32);
    expect(neuronsOfRanked(small, 'v', 'code', [4, 5, 13])).toEqual([2, 6]);
    expect(neuronsOfRanked(small, 'q', 'code', [1, 5, 13])).toEqual([1, 5, 13]);
    expect(neuronsOfRanked(small, 'v', 'paper', [1, 5])).toEqual([1, 5]);
  });
});

describe('mode code', () => {
  const spec = describeConfig({ model_type: 'qwen2', ...SIZES });
  const { heads, kvHeads, headDim, intermediateSize, hiddenSize } = spec;
  const [batch, length, prompt] = [1, 16, 9];

  test('has one list for q and k, one for v in the repeated space, none for o', () => {
    expect(hasType('code', 'o')).toBe(false);
    expect(rankedCount(spec, 'k', 'code')).toBe(heads * headDim);
    expect(rankedCount(spec, 'k', 'paper')).toBe(kvHeads * headDim);
    expect(rankedCount(spec, 'ffn', 'code')).toBe(intermediateSize);
    expect(neuronCount(spec, 'v')).toBe(kvHeads * headDim);
  });

  test('sums |up_proj(x)| and |context| over prompt positions', async () => {
    const feeds = randomFeeds(spec, 0, batch, length);
    const b = new GraphBuilder('shared');
    const shape = { batch, length };
    const block = decoderBlock(b, spec, shape);
    addNeuronOutputs(b, block, spec, { mode: 'code', types: ['v', 'ffn'], shape });
    for (const tap of block.taps) b.output(`in.${tap.group}`, tap.input);
    const rows = Float32Array.from({ length }, (_, row) => (row < prompt ? 1 : 0));
    const found = await (await openGraph(b))({ ...feeds, [NEURON_ROWS]: rows });
    const [x, context, weight] = [found['in.gateUp'], found['in.o'], feeds['weight.gateUp']];
    for (let n = 0; n < intermediateSize; n++) {
      let sum = 0;
      for (let t = 0; t < prompt; t++) {
        let up = 0;
        for (let i = 0; i < hiddenSize; i++) {
          up += (x?.[t * hiddenSize + i] ?? NaN) * (weight?.[(intermediateSize + n) * hiddenSize + i] ?? NaN);
        }
        sum += Math.abs(up);
      }
      expect(found['safeNeuron.ffn']?.[n]).toBeCloseTo(sum, 3);
    }
    for (let n = 0; n < heads * headDim; n++) {
      let sum = 0;
      for (let t = 0; t < prompt; t++) sum += Math.abs(context?.[t * heads * headDim + n] ?? NaN);
      expect(found['safeNeuron.context']?.[n]).toBeCloseTo(sum, 3);
    }
  });
});
