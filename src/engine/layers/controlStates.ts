import type { PromptSet } from '../../core/run/sample';
import { ensureClean } from '../run/ensureClean';
import type { StageContext } from '../run/methodStage';
import { readRunPlan } from '../run/runPlan';
import { forwardPass } from '../stream/forwardPass';
import { LayerWeights } from '../stream/layerWeights';
import { PositionTables, type PassContext } from '../stream/passContext';
import { planGroups, type PassGroup } from '../stream/passPlan';
import { ProgramCache } from '../stream/programCache';
import { Scratch } from '../stream/scratch';
import { PromptStateObserver, PromptStates } from './promptStates';

/** A pass of its own: no weight is scored on these prompts, and no region is theirs. */
export async function controlStates(
  set: PromptSet,
  { run, inputs, progress, runtime, context }: StageContext,
): Promise<PromptStates> {
  const { model } = inputs;
  const { spec } = model;
  const limits = readRunPlan(run.manifest, run.file('run.json'));
  const group = controlGroup(set, spec, limits.maxRows);
  const files = { workFile: (name: string) => run.file('work', 'safeLayer-control', name) };
  await ensureClean(run.file('work', 'safeLayer-control'));
  const programs = new ProgramCache(runtime);
  const weights = new LayerWeights(model);
  const pass: PassContext = {
    ...files,
    model,
    spec,
    group,
    methods: [],
    limits,
    programs,
    weights,
    positions: new PositionTables(spec),
    scratch: new Scratch(),
    progress,
    signal: context.signal,
    scoreFile: () => null,
  };
  try {
    await forwardPass(pass, [new PromptStateObserver(pass)]);
  } finally {
    await weights.settle();
    await programs.release();
  }
  return new PromptStates(files, group, set, spec.hiddenSize);
}

function controlGroup(set: PromptSet, spec: PassContext['spec'], maxRows: number): PassGroup {
  const dataset = { ...set, role: 'identification' as const };
  const options = { maxRows, diskBudgetBytes: Infinity, keepsAllLayers: false };
  const [group] = planGroups([dataset], spec, options);
  if (!group) throw new Error(`Dataset ${set.id} has no prompts.`);
  return group;
}
