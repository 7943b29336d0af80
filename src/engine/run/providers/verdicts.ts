/** Which providers work on this machine: each is tried in a process of its own, for a driver may take it down. */
import { fork } from 'node:child_process';
import path from 'node:path';
import * as z from 'zod';

import type { ProviderVerdict } from '../../../protocol/engine';
import { PROVIDERS, providerTraits, type Provider } from '../../ort/providers';
import type { TrialMessage } from './trial';

/** Compiling shaders for the first time takes seconds, on a CPU that plays a GPU more. */
const RIGHT_MS = 60_000;
/** The CPU takes a second for what is timed. */
const TIMED_MS = 20_000;

/** Every provider of this system's ONNX Runtime, the CPU first. */
export function tryProviders(signal?: AbortSignal): Promise<ProviderVerdict[]> {
  return Promise.all(PROVIDERS.map(({ id }) => verdictOn(id, signal)));
}

/** @throws nothing: whatever goes wrong is the verdict */
export async function verdictOn(provider: Provider, signal?: AbortSignal): Promise<ProviderVerdict> {
  const { platforms } = providerTraits(provider);
  const no = (detail: string): ProviderVerdict => ({ name: provider, usable: false, detail, speedup: null });
  if (!platforms.includes(process.platform)) return no(`not on this system, only on ${platforms.join(', ')}`);
  const { messages, end } = await trial(provider, signal);
  const of = <K extends TrialMessage['kind']>(kind: K): Extract<TrialMessage, { kind: K }> | undefined =>
    messages.find((message): message is Extract<TrialMessage, { kind: K }> => message.kind === kind);
  const [failed, wrong, right, timed] = [of('failed'), of('wrong'), of('right'), of('timed')];
  if (wrong)
    return no(`wrong: ${wrong.output} is off by ${wrong.difference.toExponential(1)} of its largest value`);
  if (!right) return no(failed ? told(failed.reason) : end);
  const agreement =
    provider === 'cpu'
      ? 'ran a block forward and backward'
      : `within ${right.difference.toExponential(1)} of the CPU`;
  const rest = right.fellBack.length === 0 ? '' : `; leaves parts of ${right.fellBack.join(', ')} to the CPU`;
  if (provider === 'cpu') return { name: provider, usable: true, detail: agreement, speedup: 1 };
  if (!timed) {
    const why = failed ? `; then failed: ${told(failed.reason)}` : `; then ${end}`;
    return { name: provider, usable: true, detail: `${agreement}${rest}${why}`, speedup: null };
  }
  const speedup = timed.cpuSeconds / timed.seconds;
  const detail = `${agreement}, ${Number(speedup.toPrecision(2))} times as fast${rest}`;
  return { name: provider, usable: true, detail, speedup };
}

interface Trial {
  readonly messages: readonly TrialMessage[];
  /** How the process ended, for people. */
  readonly end: string;
}

function trial(provider: Provider, signal: AbortSignal | undefined): Promise<Trial> {
  return new Promise((resolve) => {
    const messages: TrialMessage[] = [];
    const child = fork(path.join(__dirname, 'engine.js'), ['--try-provider', provider], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      killSignal: 'SIGKILL',
      ...(signal && { signal }),
    });
    let isLate = false;
    const killLate = (): void => {
      isLate = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(killLate, RIGHT_MS);
    const settle = (end: string): void => {
      clearTimeout(timer);
      resolve({ messages, end });
    };
    child.on('message', (received) => {
      const message = parsed(received);
      messages.push(message);
      if (message.kind !== 'right') return;
      clearTimeout(timer);
      timer = setTimeout(killLate, TIMED_MS);
    });
    child.once('error', (error) => settle(error.message));
    child.once('exit', (code, killedBy) =>
      settle(
        isLate
          ? 'it took too long'
          : `the process that tried it ended with ${killedBy ?? `exit status ${code}`}`,
      ),
    );
  });
}

/** From a process of ours, which a native library shares: checked all the same. */
const schema: z.ZodType<TrialMessage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('right'), difference: z.number(), fellBack: z.array(z.string()) }),
  z.object({ kind: z.literal('wrong'), difference: z.number(), output: z.string() }),
  z.object({ kind: z.literal('failed'), reason: z.string() }),
  z.object({ kind: z.literal('timed'), seconds: z.number(), cpuSeconds: z.number() }),
]);

function parsed(message: unknown): TrialMessage {
  const { data } = schema.safeParse(message);
  return data ?? { kind: 'failed', reason: 'the process that tried it said something else' };
}

/** Its own words alone: without the graph, and the place and condition in the source of ONNX Runtime. */
const told = (reason: string): string =>
  (reason.split('\n', 1)[0] ?? '')
    .replace(/^ONNX Runtime failed in graph '\w+': /, '')
    .replace(/^OrtSessionOptionsAppendExecutionProvider_\w+: /, '')
    .replace(/\/onnxruntime_src\/.* was false\. /, '');
