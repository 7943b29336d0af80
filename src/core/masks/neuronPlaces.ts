import { neuronsOfModule } from '../model/neuronModules';
import { parseParamName } from '../model/paramNames';
import type { NeuronType } from '../model/unitNames';
import type { MatrixLayout } from './expandMatrix';

/** A row or column of a stored matrix. */
export interface NeuronPlace {
  /** Hugging Face parameter name. */
  readonly name: string;
  readonly axis: 'row' | 'column';
  readonly index: number;
}

/**
 * The rows and columns that a neuron consists of, in the order of `matrices`. In a fused matrix a module's rows begin
 * after those of the modules before it.
 */
export function neuronPlaces(
  matrices: readonly MatrixLayout[],
  { layer, type, index }: { readonly layer: number; readonly type: NeuronType; readonly index: number },
): NeuronPlace[] {
  return matrices.flatMap(({ name, shape, parts }) => {
    const at = parseParamName(name);
    if (at?.layer !== layer) return [];
    const places: NeuronPlace[] = [];
    let firstRow = 0;
    for (const part of parts ?? [{ module: at.module, rows: shape[0] ?? 0 }]) {
      const kind = neuronsOfModule(part.module);
      if (kind?.type === type) {
        places.push({ name, axis: kind.axis, index: kind.axis === 'row' ? firstRow + index : index });
      }
      firstRow += part.rows;
    }
    return places;
  });
}
