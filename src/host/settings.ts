/** The one reader of the extension's settings. */
import * as vscode from 'vscode';
import type { EndpointJudgeSettings } from '../core/judges/judgeSettings';
import type { IdentifyParams, ProviderFailurePolicy, ProviderName } from '../protocol/engine';

export interface EngineSettings {
  /** Program that runs the engine; undefined: VS Code's own Node. */
  readonly nodePath: string | undefined;
  /** What is not among them is as the experiment file says. */
  readonly overrides: Pick<IdentifyParams, 'provider' | 'onProviderFailure' | 'threads'>;
  /** After its last use the process waits that long for the next. */
  readonly idleMs: number;
  /** A run goes on that long without a window. */
  readonly leaseMs: number;
}

const PROVIDERS: readonly ProviderName[] = ['auto', 'cpu', 'cuda', 'webgpu', 'dml', 'coreml'];
const POLICIES: readonly ProviderFailurePolicy[] = ['next', 'stop'];

/** `experiment`: as the experiment file says. */
export type ProviderSetting = ProviderName | 'experiment';
export const PROVIDER_SETTING = 'safetyRegions.engine.provider';

export function providerSetting(): ProviderSetting {
  const named = vscode.workspace.getConfiguration().get<unknown>(PROVIDER_SETTING);
  return PROVIDERS.find((name) => name === named) ?? 'experiment';
}

/** Where it is set already, else for all of this user's windows. */
export async function chooseProviderSetting(chosen: ProviderSetting): Promise<void> {
  const configuration = vscode.workspace.getConfiguration();
  const isOfWorkspace = configuration.inspect(PROVIDER_SETTING)?.workspaceValue !== undefined;
  const value = chosen === 'experiment' && !isOfWorkspace ? undefined : chosen;
  await configuration.update(PROVIDER_SETTING, value, !isOfWorkspace);
}

/** Settings are files that people and tools write: a value of the wrong type counts as not set. */
export function readEngineSettings(): EngineSettings {
  const settings = vscode.workspace.getConfiguration('safetyRegions.engine');
  const nodePath = settings.get<unknown>('nodePath');
  const provider = providerSetting();
  const policy = settings.get<unknown>('onProviderFailure');
  const onProviderFailure = POLICIES.find((name) => name === policy);
  const threads = settings.get<unknown>('threads');
  return {
    nodePath: typeof nodePath === 'string' && nodePath.trim() !== '' ? nodePath.trim() : undefined,
    overrides: {
      ...(provider !== 'experiment' && { provider }),
      ...(onProviderFailure && { onProviderFailure }),
      ...(isThreadCount(threads) && { threads }),
    },
    idleMs: minutes(settings.get<unknown>('idleMinutes'), 5) * 60_000,
    leaseMs: minutes(settings.get<unknown>('leaseMinutes'), 10) * 60_000,
  };
}

/** As package.json allows: up to a day. */
const minutes = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && value >= 0 && value <= 1440 ? value : otherwise;

/** As package.json allows; 0 there means 'as the experiment file says'. */
const isThreadCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 1024;

/** The judge behind an endpoint that the user has set up; undefined where there is none, or it may not be used. */
export async function readJudgeSettings(): Promise<EndpointJudgeSettings | undefined> {
  // With its schemas, which the start need not wait for.
  const { endpointJudgeSchema, judgeEndpoint } = await import('../core/judges/judgeSettings');
  const settings = vscode.workspace.getConfiguration('safetyRegions.judge');
  const endpoint = settings.get<unknown>('endpoint');
  const parsed = endpointJudgeSchema.safeParse({
    endpoint: typeof endpoint === 'string' ? judgeEndpoint(endpoint.trim()) : null,
    model: settings.get<unknown>('model'),
  });
  return parsed.success ? parsed.data : undefined;
}
