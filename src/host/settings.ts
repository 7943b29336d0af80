/** The one reader of the extension's settings. */
import * as vscode from 'vscode';
import type { ProviderName } from '../protocol/engine';

export interface EngineSettings {
  /** Program that runs the engine; undefined: VS Code's own Node. */
  readonly nodePath: string | undefined;
  /** Undefined: as the experiment file says. */
  readonly provider: ProviderName | undefined;
  readonly threads: number | undefined;
}

const PROVIDERS: readonly ProviderName[] = ['auto', 'cpu', 'cuda', 'webgpu', 'dml', 'coreml'];

/** Settings are files that people and tools write: a value of the wrong type counts as not set. */
export function readEngineSettings(): EngineSettings {
  const settings = vscode.workspace.getConfiguration('safetyRegions.engine');
  const nodePath = settings.get<unknown>('nodePath');
  const provider = settings.get<unknown>('provider');
  const threads = settings.get<unknown>('threads');
  return {
    nodePath: typeof nodePath === 'string' && nodePath.trim() !== '' ? nodePath.trim() : undefined,
    provider: PROVIDERS.find((name) => name === provider),
    threads: isThreadCount(threads) ? threads : undefined,
  };
}

/** As package.json allows; 0 there means 'as the experiment file says'. */
const isThreadCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 1024;
