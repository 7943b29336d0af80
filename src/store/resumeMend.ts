/** How to go on with a run that was cut off; what the command line is called there, only that can know. */
export const resumeMend = (runDir: string): string =>
  `Go on with Resume Run in VS Code, or on the command line with identify --resume ${runDir}`;
