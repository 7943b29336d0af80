import { readFile } from 'node:fs/promises';

import type { RunDirectory } from '../../store/runDirectory';
import type { Provider } from '../ort/providers';
import type { RuntimeOptions } from '../ort/runtime';

/** What the graphs of a run's passes are compiled for, and what a reader should know of where they ran. */
export interface RunRuntime {
  readonly options: RuntimeOptions;
  /** How often the run was started before. */
  readonly resumed: number;
  /** A sentence each; empty where one provider ran every node. */
  warnings(): string[];
}

/** Notes the start in events.jsonl, which says which providers the run had before. */
export async function startRuntime(run: RunDirectory, provider: Provider): Promise<RunRuntime> {
  const before = await startsOf(run);
  await run.appendEvent({ event: 'started', pid: process.pid, node: process.versions.node, provider });
  const fellBack = new Set<string>();
  return {
    options: { threads: run.manifest.threads, provider, onFallback: (graph) => fellBack.add(graph) },
    resumed: before.length,
    warnings: () => {
      const used = new Set([...before, provider]);
      const parts = [...fellBack].map((graph) => `'${graph}'`);
      return [
        ...(used.size > 1
          ? [
              `Computed on ${[...used].join(', then on ')}: scores of one are those of the other but for rounding.`,
            ]
          : []),
        ...(parts.length > 0 ? [`${provider} left operations of ${parts.join(', ')} to the CPU.`] : []),
      ];
    },
  };
}

/** The provider of each earlier start. */
export async function startsOf(run: RunDirectory): Promise<string[]> {
  const text = await readFile(run.file('events.jsonl'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    if (!line.includes('"event":"started"')) return [];
    // Runs of older versions do not say: they had one.
    return /"provider":"(\w+)"/.exec(line)?.[1] ?? run.manifest.provider;
  });
}
