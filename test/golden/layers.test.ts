import { describe, expect, test } from 'vitest';
import { layerKind, type DecoderSpec, type LinearGroup } from '../../src/core/model/decoderSpec';
import { gradients } from '../../src/engine/autodiff/gradients';
import { decoderBlock } from '../../src/engine/blocks/decoderBlock';
import { causalMask, rotaryTables } from '../../src/engine/blocks/rotaryTables';
import { GraphBuilder } from '../../src/engine/graph/graphBuilder';
import { accumulateAbsProducts, reshape } from '../../src/engine/graph/ops';
import { at, type Value } from '../../src/engine/graph/value';
import { runGraph } from '../unit/graph/runGraph';
import { makeSpec } from '../unit/graph/specs';
import { FAMILY_LAYERS } from './familyLayers';
import { Golden, relativeError } from './golden';

const SIZES = { hiddenSize: 24, intermediateSize: 32 };
const SHAPE = { batch: 3, length: 7 };
const LLAMA3 = {
  type: 'llama3',
  factor: 8,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositions: 64,
} as const;

/** The configurations of test/oracles/goldens.py. */
const LAYERS: Readonly<Record<string, DecoderSpec>> = {
  'llama.grouped': makeSpec({
    ...SIZES,
    heads: 4,
    kvHeads: 2,
    headDim: 8,
    theta: 1e4,
    scaling: LLAMA3,
    normEps: 1e-5,
  }),
  'llama.heads': makeSpec({
    ...SIZES,
    heads: 3,
    kvHeads: 3,
    headDim: 8,
    theta: 500,
    scaling: { type: 'linear', factor: 2.5 },
    normEps: 1e-5,
  }),
  'qwen2.bias': makeSpec({
    ...SIZES,
    heads: 6,
    kvHeads: 2,
    headDim: 4,
    theta: 1e6,
    normEps: 1e-6,
    qkvBias: true,
  }),
};

describe.each(Object.entries({ ...LAYERS, ...FAMILY_LAYERS }))('%s layer of transformers', (name, spec) => {
  const golden = new Golden(`layer.${name}`);
  const kind = layerKind(spec, 0);
  const stacked = (prefix: string, group: LinearGroup): Float32Array =>
    join(group.members.map((member) => golden.floats(`${prefix}/${member.param}`)));
  const biases = (prefix: string, group: LinearGroup): Float32Array =>
    join(
      group.members.map(({ bias, rows }) =>
        bias === undefined ? new Float32Array(rows) : golden.floats(`${prefix}/${bias}`),
      ),
    );

  test.each(['cpu', 'portable'] as const)('output, all gradients and |dW| by sample, %s', async (target) => {
    const b = new GraphBuilder(name);
    const block = decoderBlock(b, spec, SHAPE);
    const seeds = [{ value: block.y, gradient: b.input('dy', block.y.shape) }];
    const expected: Record<string, Float32Array> = { y: golden.floats('y') };
    const emit = (output: string, value: Value | null, reference: Float32Array): void => {
      b.output(output, value!);
      expected[output] = reference;
    };
    b.output('y', block.y);

    // Everything in one call: x, parameters and the intermediate values at the taps between them.
    const parameters = spec.norms.map(({ name: norm, param }): [string, Float32Array] => [
      `norm.${norm}`,
      golden.floats(`grad/${param}`),
    ]);
    for (const group of spec.groups) {
      parameters.push([`weight.${group.name}`, stacked('grad', group)]);
      if (b.inputs.has(`bias.${group.name}`)) parameters.push([`bias.${group.name}`, biases('grad', group)]);
    }
    const wrt = [
      block.x,
      ...block.taps.map((tap) => tap.output),
      ...parameters.map(([p]) => b.inputs.get(p)!),
    ];
    const results = gradients(b, seeds, wrt);
    emit('dx', at(results, 0), golden.floats('dx'));
    parameters.forEach(([p, reference], i) => {
      emit(`grad.${p}`, at(results, 1 + block.taps.length + i), reference);
    });
    const feeds: Record<string, Float32Array> = {
      x: golden.floats('x'),
      dy: golden.floats('dy'),
      ...rotaryTables(kind.rope, spec.rotaryDim, SHAPE.length),
      mask: causalMask(SHAPE.length, kind.window),
    };
    for (const { name: norm, param } of spec.norms) {
      feeds[`norm.${norm}`] = golden.floats(`param/${param}`).map((gain) => gain + spec.normOffset);
    }
    block.taps.forEach((tap, i) => {
      const group = spec.groups.find((candidate) => candidate.name === tap.group)!;
      const [outputs, features] = [at(tap.output.shape, 1), at(tap.input.shape, 1)];
      const accumulated = accumulateAbsProducts(
        b,
        b.input(`acc.${tap.group}`, [outputs, features]),
        reshape(b, at(results, 1 + i)!, [SHAPE.batch, SHAPE.length, outputs]),
        reshape(b, tap.input, [SHAPE.batch, SHAPE.length, features]),
      );
      emit(`magnitude.${tap.group}`, accumulated, stacked('magnitude', group));
      feeds[`acc.${tap.group}`] = new Float32Array(outputs * features);
      feeds[`weight.${tap.group}`] = stacked('param', group);
      feeds[`bias.${tap.group}`] = biases('param', group);
    });

    const actual = await runGraph(b, feeds, target);
    expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
    for (const [output, reference] of Object.entries(expected)) {
      expect(relativeError(actual[output]!, reference), output).toBeLessThan(5e-6);
    }
  });
});

function join(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
