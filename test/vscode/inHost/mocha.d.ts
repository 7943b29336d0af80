/** What is used here of mocha, which brings no types of its own. */
declare module 'mocha' {
  interface Test {
    readonly duration?: number;
    fullTitle(): string;
  }
  interface Runner {
    on(event: 'pass', listener: (test: Test) => void): this;
    on(event: 'fail', listener: (test: Test, error: unknown) => void): this;
  }
  interface Options {
    readonly ui?: string;
    readonly timeout?: number;
    readonly reporter?: string;
    readonly grep?: string;
  }
  export default class Mocha {
    constructor(options?: Options);
    readonly suite: { emit(event: 'pre-require', context: unknown, file: string, mocha: Mocha): void };
    run(done: (failures: number) => void): Runner;
  }
  export function describe(title: string, suite: () => void): void;
  export function it(title: string, test: () => Promise<void> | void): { timeout(ms: number): void };
  export function before(work: () => Promise<void> | void): void;
  export function after(work: () => Promise<void> | void): void;
  export function afterEach(work: () => Promise<void> | void): void;
}
