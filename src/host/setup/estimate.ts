/** What a run of an experiment would take, asked of the engine. */
import type { TimedEstimate } from '../../protocol/engine';
import type { EngineHolder } from '../engineHolder';
import { requireTrust } from '../requireTrust';
import { readEngineSettings } from '../settings';

/** Datasets are read and tokenised for it. No signal: an engine that does not hear one is killed, and a run with it. */
const TIMEOUT_MS = 120_000;

/**
 * Starts the engine where none is up. The experiment need not be on disk yet.
 * @param file absolute: where the experiment is, or will be, which its paths are relative to
 * @param text what it says
 * @throws ToolError what the engine would refuse the run for, but for too little memory or disk; `untrusted`
 */
export async function estimate(engines: EngineHolder, file: string, text: string): Promise<TimedEstimate> {
  requireTrust();
  const { overrides } = readEngineSettings();
  const params = { experimentPath: file, experimentText: text, ...overrides };
  return engines.use((client) => client.call('estimate', params, { timeoutMs: TIMEOUT_MS }));
}
