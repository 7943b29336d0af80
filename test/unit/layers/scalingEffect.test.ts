import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scalingEffect, type Projection } from '../../../src/core/layers/scalingEffect';
import { memberParts, type DecoderSpec, type NormName } from '../../../src/core/model/decoderSpec';
import { decoderBlock } from '../../../src/engine/blocks/decoderBlock';
import type { ModelSource } from '../../../src/engine/formats/modelDirectory';
import { GraphBuilder } from '../../../src/engine/graph/graphBuilder';
import { rmsNorm } from '../../../src/engine/graph/ops';
import { scaledGains } from '../../../src/engine/layers/scaledGains';
import { LayerWeights } from '../../../src/engine/stream/layerWeights';
import { PositionTables } from '../../../src/engine/stream/passContext';
import { mulberry, randomModel } from '../generate/randomModel';
import { openGraph, runGraph, type Run } from '../graph/runGraph';
import { SIZES, describeConfig } from '../model/describe';

const FAMILIES = {
  llama: { noOp: '', gains: [] },
  qwen3: { noOp: 'q k', gains: ['query', 'key'] },
  gemma2: { noOp: 'v o up down', gains: ['afterAttention', 'afterMlp'] },
  gemma3_text: { noOp: 'q k v o up down', gains: ['query', 'key', 'afterAttention', 'afterMlp'] },
  olmo2: { noOp: 'q k v o up down', gains: ['query', 'key', 'afterAttention', 'afterMlp'] },
} as const;
const names = Object.keys(FAMILIES) as (keyof typeof FAMILIES)[];
const configOf = (model_type: string) => ({ model_type, ...SIZES, rms_norm_eps: 1e-6 });
const ALPHA = 1.2;
const LENGTH = 8;

test.each(names)('%s: what its norms undo', (name) => {
  const { noOp, gains } = scalingEffect(describeConfig(configOf(name)));
  const undone = Object.entries(noOp).flatMap(([projection, isUndone]) => (isUndone ? [projection] : []));
  expect(undone.join(' ')).toBe(FAMILIES[name].noOp);
  expect(gains).toEqual(FAMILIES[name].gains);
});

test('T35: a norm after W_o takes a factor on it back', async () => {
  const b = new GraphBuilder('norm');
  b.output('y', rmsNorm(b, b.input('x', [1, 3]), b.input('gain', [3]), 0));
  const gain = Float32Array.of(1, 1, 1);
  // W_o x of METHODS.md T35, and 1.2 times that.
  for (const x of [
    [-3, 0, 3],
    [-3.6, 0, 3.6],
  ]) {
    const { y } = await runGraph(b, { x: Float32Array.from(x), gain });
    [-1.224745, 0, 1.224745].forEach((expected, at) => expect(y![at]).toBeCloseTo(expected, 6));
  }
});

describe.each(names)('a block of %s', (name) => {
  let folder: string;
  let model: ModelSource;
  let run: Run;
  let feeds: Record<string, Float32Array>;
  let plain: Float32Array;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sre-layers-'));
    model = await randomModel(folder, configOf(name));
    const { spec } = model;
    const b = new GraphBuilder('block');
    b.output('y', decoderBlock(b, spec, { batch: 1, length: LENGTH }).y);
    run = await openGraph(b);
    const random = mulberry(3);
    const x = Float32Array.from({ length: LENGTH * spec.hiddenSize }, () => 2 * random() - 1);
    const positions = new PositionTables(spec).feeds(0, LENGTH, LENGTH);
    feeds = { x };
    for (const [key, { data }] of Object.entries(positions)) feeds[key] = data as Float32Array;
    plain = await output(model, []);
  });

  afterAll(async () => {
    await model.close();
    await rm(folder, { recursive: true });
  });

  async function output(source: ModelSource, scaled: readonly string[]): Promise<Float32Array> {
    const weights = new LayerWeights(source);
    await weights.load(0);
    scaleProjections(source.spec, weights, scaled);
    const inputs = Object.entries(weights.feeds()).map(([key, { data }]) => [key, data as Float32Array]);
    const { y } = await run({ ...feeds, ...(Object.fromEntries(inputs) as typeof feeds) });
    return y!;
  }

  const change = (y: Float32Array): number =>
    Math.max(...y.map((value, at) => Math.abs(value - (plain[at] ?? NaN))));

  test.each(['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const)('a factor on %s', async (projection) => {
    const { noOp } = scalingEffect(model.spec);
    const changed = change(await output(model, [projection]));
    if (noOp[projection]) expect(changed).toBeLessThan(1e-4);
    else expect(changed).toBeGreaterThan(1e-2);
  });

  test('the gains that are offered instead do what the weights cannot', async () => {
    const { gains, noOp } = scalingEffect(model.spec);
    const undone = (Object.keys(noOp) as Projection[]).filter((projection) => noOp[projection]);
    expect(change(await output(model, undone))).toBeLessThan(1e-4);
    for (const gain of gains) {
      const offered = scaledGains(model, [gain], Float32Array.of(ALPHA, 1, 1));
      expect(change(await output(offered, []))).toBeGreaterThan(1e-2);
    }
    expect(scaledGains(model, gains, Float32Array.of(1, 1, 1))).toBe(model);
  });

  test('a gain scaled is a branch scaled', async () => {
    const has = (gain: NormName): boolean => scalingEffect(model.spec).gains.includes(gain);
    if (!has('afterMlp')) return;
    // y = h + branch, and the branch times alpha adds (alpha - 1) branch: twice the factor adds twice as much.
    const by = async (alpha: number): Promise<Float32Array> =>
      output(scaledGains(model, ['afterMlp'], Float32Array.of(alpha, 1, 1)), []);
    const [once, twice] = [await by(1.5), await by(2)];
    once.forEach((value, at) => {
      const base = plain[at] ?? NaN;
      expect(twice[at]! - base).toBeCloseTo(2 * (value - base), 4);
    });
  });
});

function scaleProjections(spec: DecoderSpec, weights: LayerWeights, scaled: readonly string[]): void {
  for (const group of spec.groups) {
    let row = 0;
    for (const { module, rows } of group.members.flatMap((member) => memberParts(member))) {
      if (scaled.includes(module.replace('_proj', ''))) {
        const part = weights.matrix(group).subarray(row * group.inFeatures, (row + rows) * group.inFeatures);
        part.forEach((value, at) => (part[at] = value * ALPHA));
      }
      row += rows;
    }
  }
}

test('T34: v and o scaled square the attention branch; with o left out it is scaled once', async () => {
  // One key: attention is the identity, and the branch is W_o W_v x, linear.
  const folder = await mkdtemp(join(tmpdir(), 'sre-layers-'));
  const model = await randomModel(folder, configOf('llama'), (name) => (name.includes('mlp.down') ? 0 : 1));
  const { spec } = model;
  const b = new GraphBuilder('block');
  b.output('y', decoderBlock(b, spec, { batch: 1, length: 1 }).y);
  const run = await openGraph(b);
  const random = mulberry(4);
  const x = Float32Array.from({ length: spec.hiddenSize }, () => 2 * random() - 1);
  const positions = new PositionTables(spec).feeds(0, 1, 1);
  const branch = async (scaled: readonly string[]): Promise<number[]> => {
    const weights = new LayerWeights(model);
    await weights.load(0);
    scaleProjections(spec, weights, scaled);
    const all = { ...positions, ...weights.feeds() };
    const inputs = Object.entries(all).map(([key, { data }]) => [key, data as Float32Array] as const);
    const { y } = await run({ x, ...Object.fromEntries(inputs) });
    return x.reduce<number[]>((parts, value, at) => [...parts, y![at]! - value], []);
  };
  const plain = await branch([]);
  const both = await branch(['q', 'k', 'v', 'o']);
  const withoutOutput = await branch(['q', 'k', 'v']);
  plain.forEach((value, at) => {
    expect(both[at]).toBeCloseTo(1.44 * value, 4);
    expect(withoutOutput[at]).toBeCloseTo(1.2 * value, 4);
  });
  await model.close();
  await rm(folder, { recursive: true });
});
