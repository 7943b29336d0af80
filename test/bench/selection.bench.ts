/** Prints nanoseconds an element of the exact selections, the best of 9 against a busy machine; no assertion. */
import { selectFlat, selectRows } from '../../src/core/selection/selectTop';
import { topCount } from '../../src/core/selection/fraction';

/** |w| * |g| of two roughly normal numbers, with a scale of its own for every row: what a SNIP score looks like. */
function scores(rows: number, cols: number): Float32Array {
  let state = 1;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const normal = (): number => uniform() + uniform() + uniform() + uniform() - 2;
  const out = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const scale = 1e-5 * Math.exp(2 * normal());
    for (let i = 0; i < cols; i++) out[row * cols + i] = Math.abs(normal() * normal()) * scale;
  }
  return out;
}

function report(name: string, n: number, run: () => void): void {
  const times: number[] = [];
  for (let repeat = 0; repeat < 9; repeat++) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  console.log(`${name.padEnd(34)} ${((Math.min(...times) * 1e6) / n).toFixed(2)} ns/element`);
}

for (const [rows, cols] of [
  [1536, 576],
  [576, 1536],
  [4096, 4096],
  [1024, 14336],
] as const) {
  const values = scores(rows, cols);
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  const reset = (): Uint8Array => bits.fill(0);
  for (const fraction of [0.01, 0.05, 0.5]) {
    const k = topCount(fraction, cols);
    report(`rows ${rows} x ${cols}, q = ${fraction}`, values.length, () =>
      selectRows(values, rows, cols, k, reset(), 0),
    );
  }
  const k = topCount(0.05, values.length);
  report(`flat ${rows} x ${cols}, q = 0.05`, values.length, () => selectFlat(values, k, reset(), 0));
  values.fill(1);
  report(`rows ${rows} x ${cols}, all equal`, values.length, () =>
    selectRows(values, rows, cols, topCount(0.05, cols), reset(), 0),
  );
}
