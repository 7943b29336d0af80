import { parseArgs, type ParseArgsConfig } from 'node:util';
import { usageError } from '../protocol/errors';

/** `parseArgs`, with its complaints as usage errors (exit status 2). */
export function parseCommandLine<T extends ParseArgsConfig>(
  command: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const message =
      error instanceof Error ? error.message.replace(/\. To specify a positional.*$/s, '.') : String(error);
    throw usageError('usage', message, `See ${command} --help.`);
  }
}

/** The one positional argument that a command needs. */
export function onlyPositional(command: string, what: string, positionals: readonly string[]): string {
  const [first, second] = positionals;
  if (first === undefined) throw usageError('usage', `${what} is missing.`, `See ${command} --help.`);
  if (second !== undefined) {
    throw usageError('usage', `Too many arguments: '${second}'.`, `See ${command} --help.`);
  }
  return first;
}
