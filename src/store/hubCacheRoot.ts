import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub ($XDG_CACHE_HOME instead of ~/.cache, where set). */
export function hubCacheRoot(environment: Environment = process.env): string {
  const set = (name: string): string | undefined => environment[name] || undefined;
  const path =
    set('HF_HUB_CACHE') ??
    join(set('HF_HOME') ?? join(set('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface'), 'hub');
  return resolve(path.replace(/^~(?=[/\\]|$)/, homedir()));
}
