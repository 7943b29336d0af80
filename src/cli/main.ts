/** `safety-region` (dist/cli.js). */
import path from 'node:path';
import { runCli } from './cli';

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// `| head` closes the pipe: nobody reads on, so there is nothing to report.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 4));

// Nobody reads the progress: the run goes on, and the exit status still says how it ended.
process.stderr.on('error', () => undefined);

void runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
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
