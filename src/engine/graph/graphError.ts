import { engineError, type ToolError } from '../../protocol/errors';

/** A graph that does not hold together: always a fault of this program, never of its input. */
export const graphError = (message: string): ToolError =>
  engineError('graph', message, 'This is a fault of the program: please report it with the log.');
