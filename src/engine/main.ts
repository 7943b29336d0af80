/** The engine process: answers calls over the channel that its parent forked it with, and ends with its parent. */
import path from 'node:path';

import { serveRpc, type Channel } from '../protocol/rpc';
import type { EngineCalls, EngineEvents } from '../protocol/engine';
import { endWithParent } from './orphanGuard';
import { previewDataset } from './formats/datasets/previewDataset';
import { doctor } from './run/doctor';
import { estimate, identify } from './run/identify';
import { logits } from './run/logits';
import type { EngineEnvironment } from './run/runInputs';

const environment: EngineEnvironment = {
  embeddedRoot: process.env.SAFETY_REGION_EMBEDDED ?? path.join(__dirname, '..', 'native-models'),
};

const channel: Channel = {
  send(message) {
    // The parent may be gone already: there is nobody to tell then.
    if (process.connected) process.send?.(message);
  },
  onMessage(listener) {
    process.on('message', listener);
  },
  onClose(listener) {
    process.on('disconnect', () => listener('the program that drives the engine has ended'));
  },
};

serveRpc<EngineCalls, EngineEvents>(channel, {
  identify: (params, context) => identify(params, context, environment),
  estimate: (params, context) => estimate(params, context, environment),
  doctor: () => doctor(),
  previewDataset: ({ path: paths, baseDir, ...options }, { signal }) =>
    previewDataset(paths, baseDir, { ...options, signal }),
  logits: (params) => logits(params, environment),
});

endWithParent();
// Ctrl-C reaches the whole process group: the parent turns it into an orderly cancel.
process.on('SIGINT', () => undefined);
