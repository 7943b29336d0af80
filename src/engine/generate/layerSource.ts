import type { DecoderSpec } from '../../core/model/decoderSpec';
import type { ModelSource } from '../formats/modelDirectory';
import type { Feeds } from '../ort/runtime';
import { LayerWeights } from '../stream/layerWeights';

export interface LayerScaling {
  /** Multiplies the seven projection weights of a layer, one factor a layer (SafeLayer); biases stay. */
  readonly factors: Float32Array | null;
  /** False leaves o_proj out, as SafeLayer's first script did. */
  readonly includeOutput: boolean;
}

/** The weights of one layer at a time, scaled, as a block graph takes them: reads the next layer over the last. */
export class StreamedLayers {
  private weights: LayerWeights | null = null;
  private loaded = -1;

  constructor(
    private readonly model: ModelSource,
    private readonly scaling: LayerScaling,
  ) {}

  /** Valid until the next call. */
  async feeds(layer: number): Promise<Feeds> {
    const weights = (this.weights ??= new LayerWeights(this.model));
    if (layer !== this.loaded) {
      await weights.load(layer);
      scaleLayer(this.model.spec, weights, layer, this.scaling);
      this.loaded = layer;
    }
    return weights.feeds();
  }
}

/** Float32 products, as `weight.mul_(factor)` of PyTorch has them. */
function scaleLayer(
  spec: DecoderSpec,
  weights: LayerWeights,
  layer: number,
  { factors, includeOutput }: LayerScaling,
): void {
  const factor = factors?.[layer] ?? 1;
  if (factor === 1) return;
  for (const group of spec.groups) {
    if (group.name === 'o' && !includeOutput) continue;
    const matrix = weights.matrix(group);
    for (let index = 0; index < matrix.length; index++) matrix[index] = (matrix[index] as number) * factor;
  }
}
