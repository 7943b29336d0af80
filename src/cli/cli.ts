/** The command line without the process around it. */
import { version } from '../../package.json';
import { EXIT_STATUS, ToolError, usageError } from '../protocol/errors';
import { doctor } from './commands/doctor';
import { exportCommand } from './commands/export';
import { identify } from './commands/identify';
import { judge } from './commands/judge';
import { list } from './commands/list';
import { overlap } from './commands/overlap';
import { show } from './commands/show';
import { writeSchema } from './commands/writeSchema';
import type { CliIo, Command } from './io';
import { plainLines } from './plainText';

const COMMANDS: readonly Command[] = [identify, overlap, show, list, exportCommand, judge, doctor];

const HELP = `safety-region ${version}: finds, compares and checks the parameter regions said to hold a model's safety

${COMMANDS.map(({ help }) => `  ${help.split('\n', 1)[0]?.replace('safety-region ', '') ?? ''}`).join('\n')}

safety-region COMMAND --help says more; --version prints the version.
Exit status: 0 done; 2 wrong usage or experiment file; 3 a model, dataset or run that cannot be used;
4 the engine failed; 130 cancelled.`;

/** @returns the exit status */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  try {
    await dispatch(argv, io);
    return 0;
  } catch (thrown) {
    const error = ToolError.from(thrown);
    io.stderr.write(plainLines(`error[${error.code}]: ${error.message}\n${error.mend}\n`));
    return EXIT_STATUS[error.kind];
  }
}

async function dispatch([name, ...args]: readonly string[], io: CliIo): Promise<void> {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  const end = args.indexOf('--');
  const wantsHelp = (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
  if (command) {
    if (wantsHelp) io.stdout.write(`${command.help}\n`);
    else await command.run(args, io);
  } else if (name === '--help' || name === '-h' || name === 'help') {
    io.stdout.write(`${HELP}\n`);
  } else if (name === '--version' || name === '-V') {
    io.stdout.write(`${version}\n`);
  } else if (name === '--write-schema') {
    await writeSchema(args, io);
  } else {
    const message = name === undefined ? 'No command given.' : `There is no command '${name}'.`;
    throw usageError(
      'usage',
      message,
      `Known: ${COMMANDS.map((known) => known.name).join(', ')}. See --help.`,
    );
  }
}
