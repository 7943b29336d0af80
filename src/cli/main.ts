/** `safety-region` (dist/cli.js). */
import path from 'node:path';
import { runCli } from './cli';
import { shellWord } from './plainText';

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// `| head` closes the pipe: nobody reads on, so there is nothing to report.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 4));

// Nobody reads the progress: the run goes on, and the exit status still says how it ended.
process.stderr.on('error', () => undefined);

/** Of a clone, npm has no command: the script itself is run. */
const commandOf = (script: string): string =>
  path.extname(script) === '.js'
    ? `node ${shellWord(path.relative(process.cwd(), script))}`
    : 'safety-region';

void runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  command: commandOf(process.argv[1] ?? ''),
  enginePath: path.join(__dirname, 'engine.js'),
  onInterrupt(listener) {
    for (const signal of INTERRUPTS) process.on(signal, listener);
    return () => {
      for (const signal of INTERRUPTS) process.off(signal, listener);
    };
  },
}).then((status) => {
  // Not process.exit: what was written to a pipe is still on its way.
  process.exitCode = status;
});
