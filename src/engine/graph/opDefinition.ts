import type { GraphBuilder } from './graphBuilder';
import type { Edge, Emitter } from './onnx/emitter';
import type { Attributes, Node, TensorType, Value } from './value';

/**
 * Everything the project knows of one operation. Adding one = a file in ops/ that exports its definition and the
 * function that applies it, and a line in ops/index.ts. Methods, not function properties, so that a definition
 * with narrow attributes is an `OpDefinition`.
 */
export interface OpDefinition<A extends Attributes = Attributes> {
  /** Name for messages; without `lower` also the ONNX operator. */
  readonly type: string;

  /** Types of the outputs. Throws an engine error where the inputs do not fit. */
  infer(inputs: readonly Value[], attrs: A): readonly TensorType[];

  /** Writes ONNX nodes and returns the edges of the outputs. Default: the operator of the same name and attributes. */
  lower?(e: Emitter, inputs: readonly Edge[], node: Node<A>): readonly Edge[];

  /**
   * Vector-Jacobian product: from d(loss)/d(output), absent where an output does not matter, to d(loss)/d(input)
   * for the inputs that `needs` marks; the others may be left out. Absent where no gradient is ever asked.
   */
  gradient?(
    b: GraphBuilder,
    node: Node<A>,
    outputGradients: readonly (Value | undefined)[],
    needs: readonly boolean[],
  ): readonly (Value | undefined)[];
}
