import type { GraphBuilder } from '../graph/graphBuilder';
import { graphError } from '../graph/graphError';
import { add } from '../graph/ops';
import { sameShape, showShape } from '../graph/shapes';
import type { Node, Value } from '../graph/value';

export interface Seed {
  readonly value: Value;
  /** d(loss)/d(value), of the same shape. */
  readonly gradient: Value;
}

/**
 * Reverse-mode differentiation: appends to the graph what computes d(loss)/d(v) for each v in `wrt`, given it for
 * the seeded values; null where the seeds do not depend on v. `wrt` may mix inputs and intermediate values: the
 * gradient of an intermediate is the total one, and flows on to what it was computed from.
 *
 * Only nodes on a path from `wrt` to a seed are differentiated, and each only for the inputs on such a path, so a
 * weight gradient that nobody asked for is never built.
 */
export function gradients(b: GraphBuilder, seeds: readonly Seed[], wrt: readonly Value[]): (Value | null)[] {
  const tape = activeNodes(b, seeds, wrt);
  const totals = new Map<Value, Value>();
  const accumulate = (value: Value, gradient: Value): void => {
    if (!sameShape(value.shape, gradient.shape) || value.dtype !== gradient.dtype) {
      throw graphError(
        `A gradient of ${showShape(gradient.shape)} for a value of ${showShape(value.shape)}.`,
      );
    }
    const sum = totals.get(value);
    totals.set(value, sum === undefined ? gradient : add(b, sum, gradient));
  };
  for (const { value, gradient } of seeds) accumulate(value, gradient);
  for (const { node, needs } of tape.reverse()) {
    const outputGradients = node.outputs.map((output) => totals.get(output));
    if (outputGradients.every((gradient) => gradient === undefined)) continue;
    if (node.op.gradient === undefined) throw graphError(`${node.op.type} has no gradient.`);
    const inputGradients = node.op.gradient(b, node, outputGradients, needs);
    node.inputs.forEach((input, index) => {
      const gradient = inputGradients[index];
      if (needs[index] && gradient !== undefined) accumulate(input, gradient);
    });
  }
  return wrt.map((value) => totals.get(value) ?? null);
}

interface ActiveNode {
  readonly node: Node;
  /** Which inputs lead back to `wrt`. */
  readonly needs: readonly boolean[];
}

/** Nodes on a path from `wrt` to a seed, in the order of computation. */
function activeNodes(b: GraphBuilder, seeds: readonly Seed[], wrt: readonly Value[]): ActiveNode[] {
  const towardsSeeds = new Set<Value>(seeds.map((seed) => seed.value));
  for (const node of b.nodes.toReversed()) {
    if (!node.outputs.some((output) => towardsSeeds.has(output))) continue;
    for (const input of node.inputs) towardsSeeds.add(input);
  }
  const dependent = new Set<Value>(wrt);
  const active: ActiveNode[] = [];
  for (const node of b.nodes) {
    if (!node.outputs.some((output) => towardsSeeds.has(output))) continue;
    const needs = node.inputs.map((input) => dependent.has(input));
    if (!needs.includes(true)) continue;
    active.push({ node, needs });
    for (const output of node.outputs) dependent.add(output);
  }
  return active;
}
