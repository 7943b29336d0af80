/** Tests of files, which need no VS Code. */
import type { TestResult } from '../run';

export interface PlainTest<Subject> {
  readonly name: string;
  readonly run: (subject: Subject) => void;
}

export function runPlainTests<Subject>(tests: readonly PlainTest<Subject>[], subject: Subject): TestResult[] {
  return tests.map(({ name, run }) => {
    const start = performance.now();
    try {
      run(subject);
      return { name, ms: performance.now() - start, error: null };
    } catch (error) {
      return { name, ms: 0, error: error instanceof Error ? (error.stack ?? '') : String(error) };
    }
  });
}
