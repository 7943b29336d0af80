/** From nothing to an experiment file: steps with a way back, then the file, next to the user's work. */
import * as vscode from 'vscode';
import { usageError } from '../../protocol/errors';
import { diskFolders } from '../diskFolders';
import type { EngineHolder } from '../engineHolder';
import type { DatasetPreviews } from '../experimentFile/datasetPreviews';
import { requireTrust } from '../requireTrust';
import { describedMethod, defaultMethod } from '../setup/methodSettings';
import { findAdapters, findModel, findModels, type FoundModel } from '../setup/findModels';
import { listWorkspaceFiles } from '../setup/workspaceFiles';
import type { Choices, Outcome } from './choices';
import { DatasetShelf } from './datasetShelf';
import { pickDatasets, pickSubsets, pickUtility } from './pickDatasets';
import { pickAdapter, pickMethods } from './pickMethods';
import { pickModel } from './pickModel';
import { pickResponses } from './pickResponses';
import { pickSummary } from './pickSummary';
import { showRows } from './rowPreviews';
import { runSteps } from './steps';

export interface GuidedPickParts {
  readonly embeddedRoot: string;
  readonly engines: EngineHolder;
  readonly previews: DatasetPreviews;
}

/** What was found is kept while the steps go back and forth. */
export interface PickParts extends GuidedPickParts {
  readonly shelf: DatasetShelf;
  models(): Promise<readonly FoundModel[]>;
  adapters(): Promise<readonly string[]>;
  /** Opens a dataset's first rows beside the list. */
  showRows(file: string): void;
}

/** Where a context menu began. */
export interface Picked {
  /** Absolute. */
  readonly model?: string;
  readonly datasets?: readonly string[];
}

/**
 * @returns the file that was written, and whether it is to be run; undefined: dismissed, nothing was written
 * @throws ToolError untrusted, virtual-workspace
 */
export async function guidedPick(own: GuidedPickParts, picked: Picked = {}): Promise<Outcome | undefined> {
  refuseWhereNothingRuns();
  const shelf = new DatasetShelf(own.previews, listWorkspaceFiles);
  const search = { embeddedRoot: own.embeddedRoot, listFiles: listWorkspaceFiles };
  const parts: PickParts = {
    ...own,
    shelf,
    models: once(() => findModels(search)),
    adapters: once(() => findAdapters(search)),
    showRows: (file) => void showRows(file, own.previews),
  };
  const choices = await begin(parts, picked);
  const steps = [
    pickModel(parts),
    pickDatasets(parts),
    pickSubsets(),
    pickUtility(parts),
    pickResponses(),
    pickMethods(parts),
    pickAdapter(parts),
    pickSummary(parts),
  ];
  const untilDone = steps.map((step) => ({
    ask: step.ask,
    isAsked: (state: Choices) => state.outcome === null && (step.isAsked?.(state) ?? true),
  }));
  const first = choices.model?.problem === null ? 1 : 0;
  const done = await runSteps(vscode.l10n.t('Identify Safety Region'), untilDone, choices, first);
  return done?.outcome ?? undefined;
}

async function begin({ shelf, embeddedRoot }: PickParts, { model, datasets = [] }: Picked): Promise<Choices> {
  for (const file of datasets) await shelf.add(file);
  return {
    model: model === undefined ? null : await findModel(model, embeddedRoot),
    ticked: datasets,
    files: [],
    sets: null,
    utility: null,
    responses: 'fixed',
    methods: ['snip', 'wanda'].map((id) => defaultMethod(describedMethod(id))),
    adapter: null,
    count: null,
    seed: 0,
    template: 'chat',
    name: null,
    folder: null,
    outcome: null,
  };
}

function refuseWhereNothingRuns(): void {
  requireTrust();
  if ((vscode.workspace.workspaceFolders ?? []).length > 0 && diskFolders().length === 0) {
    throw usageError(
      'virtual-workspace',
      'This workspace is not on a disk that the engine can read.',
      'Open a folder of this machine.',
    );
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
