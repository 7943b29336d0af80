import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,golden,engine,webview,fuzz}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores, and ONNX Runtime uses both: more workers only fight each other.
    maxWorkers: 2,
    reporters: ['default'],
  },
});
