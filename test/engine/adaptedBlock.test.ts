import { describe, expect, it } from 'vitest';

import { groupRows, type DecoderSpec } from '../../src/core/model/decoderSpec';
import { decoderBlock } from '../../src/engine/blocks/decoderBlock';
import { causalMask, rotaryTables } from '../../src/engine/blocks/rotaryTables';
import type { AdapterModule } from '../../src/engine/formats/peft/peftAdapter';
import { GraphBuilder } from '../../src/engine/graph/graphBuilder';
import { adaptedBlock, moduleKey } from '../../src/engine/nlsr/adaptedBlock';
import { runGraph } from '../unit/graph/runGraph';
import { makeSpec } from '../unit/graph/specs';
import { random } from './randomAdapter';

const shape = { batch: 2, length: 4 };
const stacked = makeSpec({
  hiddenSize: 8,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  intermediateSize: 6,
  theta: 1e4,
  normEps: 1e-5,
  qkvBias: true,
});
/** As in Phi-3: one stored matrix for q, k and v, one for gate and up. */
const fused: DecoderSpec = {
  ...stacked,
  groups: stacked.groups.map((group) =>
    group.members.length === 1
      ? group
      : {
          ...group,
          members: [
            {
              param: `fused.${group.name}_proj.weight`,
              module: `${group.name}_proj`,
              rows: groupRows(group),
              parts: group.members.map(({ module, rows }) => ({ module, rows })),
            },
          ],
        },
  ),
};

function modulesOf(spec: DecoderSpec, targets: RegExp, rank: number): AdapterModule[] {
  return spec.groups.flatMap(({ name, inFeatures, members }) =>
    members
      .filter(({ param }) => targets.test(param))
      .map((member) => ({
        layer: 0,
        group: name,
        member,
        param: member.param,
        aName: `${member.param}.A`,
        bName: `${member.param}.B`,
        inFeatures,
        rows: member.rows,
        rank,
        scale: 1.5,
      })),
  );
}

/** Feeds of a block, its weights among them. */
function blockFeeds(spec: DecoderSpec, next: () => number): Record<string, Float32Array> {
  const values = (length: number): Float32Array => Float32Array.from({ length }, () => next());
  const { cos, sin } = rotaryTables(spec.layerKinds[0]!.rope, spec.rotaryDim, shape.length);
  return {
    x: values(shape.batch * shape.length * spec.hiddenSize),
    ...Object.fromEntries(spec.groups.map((g) => [`weight.${g.name}`, values(groupRows(g) * g.inFeatures)])),
    ...Object.fromEntries(spec.groups.map((g) => [`bias.${g.name}`, values(groupRows(g))])),
    ...Object.fromEntries(spec.norms.map(({ name, size }) => [`norm.${name}`, values(size)])),
    cos,
    sin,
    mask: causalMask(shape.length, null),
  };
}

/** Adds scale B A to the rows of a stacked matrix. */
function merge(
  weight: Float32Array,
  firstRow: number,
  module: AdapterModule,
  a: Float32Array,
  b: Float32Array,
): void {
  const { rows, rank, inFeatures, scale } = module;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < inFeatures; j++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += (b[i * rank + k] ?? 0) * (a[k * inFeatures + j] ?? 0);
      const at = (firstRow + i) * inFeatures + j;
      weight[at] = (weight[at] ?? 0) + scale * sum;
    }
  }
}

describe('a block with an adapter', () => {
  it.each([
    ['all projections', stacked, /./],
    ['q and v, up and down', stacked, /q_proj|v_proj|up_proj|down_proj/],
    ['k alone', stacked, /k_proj/],
    ['fused matrices', fused, /./],
    ['one fused matrix', fused, /gateUp/],
  ])('gives what merged weights give: %s', async (_, spec, targets) => {
    const next = random(7);
    const modules = modulesOf(spec, targets, 3);
    const feeds = blockFeeds(spec, next);
    const lora: Record<string, Float32Array> = {};
    const merged = { ...feeds };
    for (const group of spec.groups) merged[`weight.${group.name}`] = feeds[`weight.${group.name}`]!.slice();
    for (const module of modules) {
      const a = Float32Array.from({ length: 3 * module.inFeatures }, () => next());
      const b = Float32Array.from({ length: 3 * module.rows }, () => next());
      const key = moduleKey(module);
      Object.assign(lora, {
        [`loraA.${key}`]: a,
        [`loraB.${key}`]: b,
        [`loraScale.${key}`]: Float32Array.of(1.5),
      });
      const members = spec.groups.find(({ name }) => name === module.group)!.members;
      const firstRow = members
        .slice(0, members.indexOf(module.member))
        .reduce((sum, { rows }) => sum + rows, 0);
      merge(merged[`weight.${module.group}`]!, firstRow, module, a, b);
    }
    const plain = new GraphBuilder('merged');
    const block = decoderBlock(plain, spec, shape);
    plain.output('y', block.y);
    for (const tap of block.taps) plain.output(`in.${tap.group}`, tap.input);
    const expected = await runGraph(plain, merged);
    const actual = await runGraph(adaptedBlock(spec, shape, modules, { output: true, inputs: true }), {
      ...feeds,
      ...lora,
    });
    expectClose(actual.y!, expected.y!);
    const rows = shape.batch * shape.length;
    expect(Object.keys(actual).filter((name) => name.startsWith('z.'))).toHaveLength(modules.length);
    for (const module of modules) {
      const [input, a] = [expected[`in.${module.group}`]!, lora[`loraA.${moduleKey(module)}`]!];
      const z = Float32Array.from({ length: rows * 3 }, (__, at) => {
        const [row, k] = [Math.floor(at / 3), at % 3];
        let sum = 0;
        for (let j = 0; j < module.inFeatures; j++) {
          sum += (input[row * module.inFeatures + j] ?? 0) * (a[k * module.inFeatures + j] ?? 0);
        }
        return sum;
      });
      expectClose(actual[`z.${moduleKey(module)}`]!, z);
    }
    // Without the adapter the same feeds give something else.
    const none = await runGraph(adaptedBlock(spec, shape, [], { output: true, inputs: false }), feeds);
    expect(Math.max(...none.y!.map((value, index) => Math.abs(value - actual.y![index]!)))).toBeGreaterThan(
      0.1,
    );
  });
});

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  const difference = Math.max(...actual.map((value, index) => Math.abs(value - (expected[index] ?? NaN))));
  expect(difference / largest).toBeLessThan(2e-5);
}
