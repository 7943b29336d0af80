import os from 'node:os';
import path from 'node:path';

/** Where this user's programs keep what they can make again: the folder of ours, which may not exist yet. */
export function userCache(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = os.homedir();
  const root =
    platform === 'win32'
      ? environment.LOCALAPPDATA || path.join(home, 'AppData', 'Local')
      : platform === 'darwin'
        ? path.join(home, 'Library', 'Caches')
        : environment.XDG_CACHE_HOME || path.join(home, '.cache');
  return path.join(root, 'safety-region');
}
