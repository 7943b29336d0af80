import { expect, test } from 'vitest';

import { GraphBuilder } from '../../../src/engine/graph/graphBuilder';
import { argMax } from '../../../src/engine/graph/ops';
import { compileProgram } from '../../../src/engine/ort/runtime';

test('the lowest index wins a tie, wherever it stands in a vector register', async () => {
  const width = 1000;
  const ties = [
    [0, 1],
    [3, 4],
    [7, 500, 999],
    [15, 16, 17],
    [998, 999],
    [250, 251, 252, 253, 254, 255, 256, 257, 258],
  ];
  const x = new Float32Array(ties.length * width).map((_, index) => Math.sin(index));
  ties.forEach((columns, row) => columns.forEach((column) => (x[row * width + column] = 2)));

  const b = new GraphBuilder('argMax');
  b.output('index', argMax(b, b.input('x', [ties.length, width])));
  const index = { data: new BigInt64Array(ties.length), dims: [ties.length, 1] };
  const program = await compileProgram(b, { threads: 2 });
  await program.run({ x: { data: x, dims: [ties.length, width] } }, { index });
  await program.release();

  expect([...index.data].map(Number)).toEqual(ties.map(([first]) => first));
});
