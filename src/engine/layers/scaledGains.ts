import { layerParam, normGain, type NormName } from '../../core/model/decoderSpec';
import type { ModelSource } from '../formats/modelDirectory';

/**
 * The model with the named gains of every layer multiplied by that layer's factor; nothing is copied. A gain that is
 * stored less 1 is scaled as it is multiplied: factor (1 + w) - 1.
 */
export function scaledGains(
  model: ModelSource,
  gains: readonly NormName[],
  factors: Float32Array,
): ModelSource {
  const { spec } = model;
  const byName = new Map<string, number>();
  for (const gain of gains) {
    const norm = normGain(spec, gain);
    if (!norm) continue;
    factors.forEach((factor, layer) => {
      if (factor !== 1) byName.set(layerParam(spec, layer, norm.param), factor);
    });
  }
  if (byName.size === 0) return model;
  return {
    ...model,
    async readFloat32(name, into, firstElement) {
      await model.readFloat32(name, into, firstElement);
      const factor = byName.get(name);
      if (factor === undefined) return;
      into.forEach((value, index) => {
        into[index] = factor * (spec.normOffset + value) - spec.normOffset;
      });
    },
  };
}
