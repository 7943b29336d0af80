/** What can be said of the bundles without VS Code: how long activation makes people wait. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { runPlainTests, type PlainTest } from './harness/plainTests';
import { inRoot } from './harness/root';
import type { TestResult } from './run';

const TRIES = 5;

/** Loads the extension's bundle against an empty `vscode` and prints the processor time it took, in ms. */
const LOAD = `
  const Module = require('node:module');
  class Anything {}
  const vscode = { ThemeIcon: Anything, ThemeColor: Anything, EventEmitter: Anything, Uri: Anything };
  const load = Module._load;
  Module._load = (name, ...rest) => (name === 'vscode' ? vscode : load(name, ...rest));
  const start = process.cpuUsage();
  require(process.argv[1]);
  const { user, system } = process.cpuUsage(start);
  console.log((user + system) / 1000);
`;

const tests: readonly PlainTest<undefined>[] = [
  {
    name: 'the extension loads with at most 50 ms of processor time',
    run() {
      const times = Array.from({ length: TRIES }, () =>
        Number(
          execFileSync(process.execPath, ['-e', LOAD, inRoot('dist/extension.js')], { encoding: 'utf8' }),
        ),
      );
      // The least of them: other work on the machine only ever adds.
      assert.ok(Math.min(...times) <= 50, `${times.join(', ')} ms`);
    },
  },
];

export const runBundleTests = (): TestResult[] => runPlainTests(tests, undefined);
