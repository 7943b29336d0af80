/** What a region file of the method holds. */
export type Payload = 'weights' | 'neurons' | 'lora' | 'layers';
export type Unit = 'weight' | 'neuron' | 'layer';

export interface MethodInfo {
  readonly id: string;
  readonly title: string;
  readonly payload: Payload;
  readonly unit: Unit;
}

/**
 * A method that scores single weights. It says what it needs from the pass and how a score follows from it; the
 * engine turns `score` into an ONNX graph, a test runs it on plain arrays. Adding one is one file and one line in
 * registry.ts.
 */
export interface TensorOps<T> {
  abs(x: T): T;
  sqrt(x: T): T;
  /** Element-wise, with NumPy broadcasting. */
  mul(a: T, b: T): T;
}

export interface PassQuantities<T> {
  /** W, shape (rows, inFeatures). */
  readonly weight: T;
  /** Mean over samples of |dL/dW|, shape (rows, inFeatures): L is a sample's mean NLL of its response tokens. */
  readonly meanAbsGradient: () => T;
  /** Sum over response positions of all samples of x_j^2, shape (1, inFeatures). */
  readonly inputSquareSum: () => T;
}

export type PassNeed = 'meanAbsGradient' | 'inputSquareSum';

export interface WeightMethod extends MethodInfo {
  readonly payload: 'weights';
  readonly unit: 'weight';
  /** A sentence for where methods are chosen. */
  readonly description: string;
  readonly needs: readonly PassNeed[];
  /** Importance of every weight, shape (rows, inFeatures), not negative. */
  score<T>(ops: TensorOps<T>, quantities: PassQuantities<T>): T;
}
