/**
 * The engine process. The command line talks to it over the channel that forked it, and it ends with its parent, as
 * do `--try-provider ID` and `--apart`, which an engine forks; `--serve FOLDER` is for the extension: calls come over the socket in
 * that folder (serveOwner.ts).
 */
import path from 'node:path';

import { serveRpc, type Channel } from '../protocol/rpc';
import type { EngineCalls, EngineEvents } from '../protocol/engine';
import { socketIn } from '../store/engineFolder';
import { endWithParent } from './orphanGuard';
import { PROVIDERS } from './ort/providers';
import { previewDataset } from './formats/datasets/previewDataset';
import { doctor } from './run/doctor';
import { knownProviders } from './run/providers/knownProviders';
import { tryProvider } from './run/providers/trial';
import { estimate, identify } from './run/identify';
import { logits } from './run/logits';
import { APART } from './run/runApart';
import type { EngineEnvironment } from './run/runInputs';
import { RunKeeper } from './runKeeper';
import { serveOwner } from './serveOwner';

const OLDEST_NODE = 20;
if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  console.error(`Node.js ${process.versions.node} is too old: the engine needs ${OLDEST_NODE} or newer.`);
  process.exit(1);
}
const tried =
  process.argv[2] === '--try-provider' ? PROVIDERS.find(({ id }) => id === process.argv[3]) : undefined;
const isApart = process.argv[2] === APART;
const folder = process.argv[2] === '--serve' ? process.argv[3] : undefined;
const environment: EngineEnvironment = {
  embeddedRoot: process.env.SAFETY_REGION_EMBEDDED ?? path.join(__dirname, '..', 'native-models'),
  socket: folder === undefined ? null : socketIn(folder),
  isApart,
};
const runs = new RunKeeper();

const serve = (channel: Channel): void =>
  serveRpc<EngineCalls, EngineEvents>(channel, {
    identify: (params, asked) => runs.start(asked, (context) => identify(params, context, environment)),
    followRun: (_, asked) => runs.follow(asked),
    estimate: (params, context) => estimate(params, context, environment),
    doctor: (_, { signal }) => doctor(signal),
    providers: ({ isToTry }, { signal }) => knownProviders(isToTry, signal),
    previewDataset: ({ path: paths, baseDir, ...options }, { signal }) =>
      previewDataset(paths, baseDir, { ...options, signal }),
    logits: (params) => logits(params, environment),
  });

if (tried) {
  endWithParent();
  void tryProvider(tried.id, (message) => process.send?.(message)).finally(() => process.disconnect());
} else if (folder === undefined) {
  serve({
    send(message) {
      // The parent may be gone already: there is nobody to tell then.
      if (process.connected) process.send?.(message);
    },
    onMessage: (listener) => void process.on('message', listener),
    onClose: (listener) =>
      void process.on('disconnect', () => listener('the program that drives the engine has ended')),
  });
  endWithParent();
} else {
  void serveOwner(folder, serve, runs).then(() => process.connected && process.send?.({ kind: 'ready' }));
}
// Ctrl-C reaches the whole process group: the parent turns it into an orderly cancel.
process.on('SIGINT', () => undefined);
