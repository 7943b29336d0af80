import type { DecoderSpec } from '../../core/model/decoderSpec';
import { causalAttention, decoderBlock, type Adapt, type BlockShape } from '../blocks/decoderBlock';
import type { AdapterModule } from '../formats/peft/peftAdapter';
import { GraphBuilder } from '../graph/graphBuilder';
import { abs, add, concat, linear, matMul, mul, zeros } from '../graph/ops';
import { at, type Value } from '../graph/value';

/** Names a module's tensors in the graph of its layer. */
export const moduleKey = ({ member }: Pick<AdapterModule, 'member'>): string =>
  member.param.replace(/\.weight$/, '');

export interface AdaptedOptions {
  /** `y`, the block's output. */
  readonly output: boolean;
  /** `z.<module>` (rows, rank): x A^T, the input of B. */
  readonly inputs: boolean;
}

/** Equal keys, equal graphs: ranks may differ between layers. */
export function adaptedKey(modules: readonly AdapterModule[], { output, inputs }: AdaptedOptions): string {
  return `${output} ${inputs} ${modules.map((module) => `${moduleKey(module)}:${module.rank}`).join(',')}`;
}

/**
 * One decoder layer with its adapter, y = x W^T + (scale x A^T) B^T in each adapted projection. Beside the inputs of
 * `decoderBlock`, for each module `loraA.<module>` (rank, inFeatures), `loraB.<module>` (rows, rank) and
 * `loraScale.<module>`, a scalar.
 */
export function adaptedBlock(
  spec: DecoderSpec,
  shape: BlockShape,
  modules: readonly AdapterModule[],
  options: AdaptedOptions,
): GraphBuilder {
  const b = new GraphBuilder('adaptedBlock');
  const lowered = new Map<string, Value>();
  const { y } = decoderBlock(b, spec, shape, causalAttention, undefined, adaptBy(spec, modules, lowered));
  if (options.output) b.output('y', y);
  if (options.inputs) for (const [key, z] of lowered) b.output(`z.${key}`, z);
  return b;
}

function adaptBy(spec: DecoderSpec, modules: readonly AdapterModule[], lowered: Map<string, Value>): Adapt {
  return (b, { group, input, output }) => {
    const adapted = modules.filter((module) => module.group === group);
    if (adapted.length === 0) return output;
    const members = spec.groups.find(({ name }) => name === group)?.members ?? [];
    const updates = members.map((member) => {
      const module = adapted.find(({ member: own }) => own.param === member.param);
      if (!module) return zeros(b, [at(output.shape, 0), member.rows]);
      const key = moduleKey(module);
      const z = linear(b, input, b.input(`loraA.${key}`, [module.rank, module.inFeatures]));
      lowered.set(key, z);
      return linear(
        b,
        mul(b, z, b.input(`loraScale.${key}`, [])),
        b.input(`loraB.${key}`, [module.rows, module.rank]),
      );
    });
    return add(b, output, updates.length === 1 ? at(updates, 0) : concat(b, updates, 1));
  };
}

/** `scores` = |left right|, for a product of any extents. */
export function absProduct(): GraphBuilder {
  const b = new GraphBuilder('absProduct');
  const [left, right] = [b.input('left', [1, 1]), b.input('right', [1, 1])];
  b.output('scores', abs(b, matMul(b, left, right)));
  return b;
}
