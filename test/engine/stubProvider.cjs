/**
 * Loaded before the engine (NODE_OPTIONS=--require): ONNX Runtime's CPU plays the provider 'webgpu', which fails as
 * STUB_FAULT says (nothing, missing, abort, lost, memory, hang) from the moment on that a file called STUB_WHEN is
 * below the folder STUB_RUNS.
 */
const { readdirSync } = require('node:fs');
const path = require('node:path');
const { InferenceSession } = require('onnxruntime-node');

const { STUB_FAULT = 'nothing', STUB_RUNS = '', STUB_WHEN = '' } = process.env;
const create = InferenceSession.create.bind(InferenceSession);
const isTrial = process.argv.includes('--try-provider');
const messages = {
  lost: 'Device is lost: driver reset',
  memory: 'Failed to allocate memory for requested buffer of size 1073741824',
};

const isTime = () =>
  readdirSync(STUB_RUNS, { recursive: true }).some((name) => path.basename(String(name)) === STUB_WHEN);

InferenceSession.create = async (model, options) => {
  if (!options.executionProviders.includes('webgpu')) return create(model, options);
  if (STUB_FAULT === 'missing') throw new Error('no driver');
  const { disable_cpu_ep_fallback: _, ...session } = options.extra.session;
  const made = await create(model, { ...options, executionProviders: ['cpu'], extra: { session } });
  const run = made.run.bind(made);
  made.run = async (...args) => {
    if (!isTrial && STUB_FAULT !== 'nothing' && isTime()) {
      if (STUB_FAULT === 'abort') process.abort();
      throw new Error(messages[STUB_FAULT]);
    }
    return run(...args);
  };
  return made;
};
