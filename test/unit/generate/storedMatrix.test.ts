import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { GraphBuilder } from '../../../src/engine/graph/graphBuilder';
import { linear } from '../../../src/engine/graph/ops';
import type { DType, StoredPart } from '../../../src/engine/graph/value';
import { compileProgram } from '../../../src/engine/ort/runtime';
import { codeOf, temporaryFolder } from '../formats-model/temporaryFolder';

/** Numbers that all three types have, in their bytes. */
const ROWS: Partial<Record<DType, (values: readonly number[]) => Buffer>> = {
  float32: (values) => Buffer.from(Float32Array.from(values).buffer),
  bfloat16: (values) => {
    const words = new Uint32Array(Float32Array.from(values).buffer);
    return Buffer.from(Uint16Array.from(words, (word) => word >>> 16).buffer);
  },
  float16: (values) => {
    const words = new Uint32Array(Float32Array.from(values).buffer);
    return Buffer.from(
      Uint16Array.from(
        words,
        (word) => ((word >>> 16) & 0x8000) | ((((word >>> 23) & 255) - 112) << 10) | ((word >>> 13) & 1023),
      ).buffer,
    );
  },
};
const FIRST = [1.5, -2, 0.25, 4];
const SECOND = [-0.5, 3, 8, -1];

test.each<[DType, DType]>([
  ['float32', 'float32'],
  ['bfloat16', 'bfloat16'],
  ['float16', 'float16'],
  ['bfloat16', 'float32'],
])('rows of %s and of %s from two files, at odd offsets', async (...dtypes) => {
  const folder = await temporaryFolder();
  const parts: StoredPart[] = [];
  for (const [index, values] of [FIRST, SECOND].entries()) {
    const dtype = dtypes[index]!;
    const bytes = ROWS[dtype]!(values);
    await writeFile(join(folder, `${index}.bin`), Buffer.concat([Buffer.alloc(5), bytes]));
    parts.push({ dtype, shape: [2, 2], file: `${index}.bin`, begin: 5, end: 5 + bytes.length });
  }
  const y = { data: new Float32Array(4), dims: [1, 4] };
  const program = await compileProgram(graph(parts), { threads: 1 }, { weightsFolder: folder });
  await program.run({ x: { data: Float32Array.of(2, 1), dims: [1, 2] } }, { y });
  await program.release();
  expect([...y.data]).toEqual([1, 4.5, 2, 15]);
});

test('a file that is too short, or gone, is refused when the program is made', async () => {
  const folder = await temporaryFolder();
  const part: StoredPart = { dtype: 'float32', shape: [2, 2], file: 'a.bin', begin: 0, end: 16 };
  const compile = () => compileProgram(graph([part]), { threads: 1 }, { weightsFolder: folder });
  expect(await codeOf(compile)).toBe('ort-compile');
  await writeFile(join(folder, 'a.bin'), Buffer.alloc(15));
  expect(await codeOf(compile)).toBe('ort-compile');
});

function graph(parts: readonly StoredPart[]): GraphBuilder {
  const b = new GraphBuilder('stored');
  b.output('y', linear(b, b.input('x', [1, 2]), b.storedMatrix(parts)));
  return b;
}
