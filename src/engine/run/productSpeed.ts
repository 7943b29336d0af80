import { matMul } from '../graph/ops';
import { GraphBuilder } from '../graph/graphBuilder';
import { compileProgram, type Tensor } from '../ort/runtime';

/** Large enough to use all threads, small enough to take some milliseconds. */
const ROWS = 256;
const SIZE = 1024;
const TIMES = 5;

/** Operations a second (a multiply-add is two) of ONNX Runtime's matrix products here and now; takes some 50 ms. */
export async function productSpeed(threads: number): Promise<number> {
  const builder = new GraphBuilder('speed');
  const inputs = [builder.input('a', [ROWS, SIZE]), builder.input('b', [SIZE, SIZE])] as const;
  builder.output('y', matMul(builder, ...inputs));
  const program = await compileProgram(builder, { threads });
  const tensor = (rows: number): Tensor => ({
    data: new Float32Array(rows * SIZE).fill(0.5),
    dims: [rows, SIZE],
  });
  const feeds = { a: tensor(ROWS), b: tensor(SIZE) };
  const outputs = { y: tensor(ROWS) };
  try {
    const seconds: number[] = [];
    for (let time = 0; time < TIMES; time++) {
      const start = performance.now();
      await program.run(feeds, outputs);
      seconds.push((performance.now() - start) / 1000);
    }
    // What else the machine does slows a run down too: not the best of them.
    const median = seconds.sort((a, b) => a - b)[TIMES >> 1] ?? Infinity;
    return (2 * ROWS * SIZE * SIZE) / median;
  } finally {
    await program.release();
  }
}
