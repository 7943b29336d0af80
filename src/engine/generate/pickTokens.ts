import { pickGraph } from './generateGraphs';
import type { GenerationContext } from './generationContext';
import { logitsNotNumbers } from './heldModel';
import { breathe } from '../stream/passContext';

/**
 * The most likely next token of each row of x [rows, hidden], the top of the stack: the lowest id where several are
 * equally likely, as torch.argmax has it. Logits are never whole in memory where the head matrix is not.
 * @throws ToolError logits-not-numbers: a first token 0 would pass for an answer
 */
export async function pickTokens(
  context: GenerationContext,
  x: Float32Array,
  rows: number,
): Promise<number[]> {
  const { spec, head, programs, signal } = context;
  const program = await programs.get('pick', () => pickGraph(spec), { openShapes: true });
  const best = new Float32Array(rows).fill(-Infinity);
  const tokens = new Array<number>(rows).fill(0);
  const chunkBest = new Float32Array(rows);
  const chunkIndex = new BigInt64Array(rows);
  const dims = [rows, 1];
  for await (const { firstRow, weight } of head.chunks()) {
    await program.run(
      { x: { data: x, dims: [rows, spec.hiddenSize] }, gain: head.gain, head: weight },
      { best: { data: chunkBest, dims }, index: { data: chunkIndex, dims } },
    );
    for (let row = 0; row < rows; row++) {
      const value = chunkBest[row] as number;
      if (!(value > (best[row] as number))) continue;
      best[row] = value;
      tokens[row] = firstRow + Number(chunkIndex[row]);
    }
    await breathe(signal);
  }
  if (best.includes(-Infinity)) {
    throw logitsNotNumbers();
  }
  return tokens;
}
