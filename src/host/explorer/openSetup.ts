/** What a panel's Setup tab is about: the experiment's file, or what a run says where that is gone. */
import path from 'node:path';
import * as vscode from 'vscode';
import { readSetup } from '../../core/run/setupState';
import type { SetupShown } from '../../protocol/explorer/setup';
import { isFile } from '../../store/models/pathKind';
import { openRun } from '../../store/runDirectory';
import { experimentCopy } from '../experimentCopy';
import { SetupFile, type SetupListener, type SetupParts } from './setupFile';

export interface PageSetup {
  /** Null where there is nothing to change. */
  readonly file: SetupFile | null;
  /** Null where there is nothing to show, because several runs are compared. */
  shown(): Promise<SetupShown | null>;
}

/** @throws ToolError where the run cannot be read */
export async function openSetup(
  {
    runDirs,
    experimentFile,
  }: { readonly runDirs: readonly string[]; readonly experimentFile: string | null },
  parts: SetupParts,
  listener: SetupListener,
): Promise<PageSetup> {
  const ofFile = (name: string): PageSetup => {
    const file = new SetupFile(vscode.Uri.file(name), parts, listener);
    return { file, shown: () => file.shown() };
  };
  if (experimentFile !== null) return ofFile(experimentFile);
  const [runDir] = runDirs;
  if (runDir === undefined || runDirs.length > 1) return { file: null, shown: () => Promise.resolve(null) };
  const { manifest } = await openRun(runDir);
  if (await isFile(manifest.experimentFile)) return ofFile(manifest.experimentFile);
  const name = path.basename(manifest.experimentFile);
  // Its paths are those of the run, seen from where the file was.
  const text = experimentCopy(manifest, path.dirname(manifest.experimentFile), name);
  const { state } = readSetup(text, name);
  const shown: SetupShown = {
    file: manifest.experimentFile,
    label: name,
    isEditable: false,
    isTrusted: vscode.workspace.isTrusted,
    state,
    problem: null,
  };
  return { file: null, shown: () => Promise.resolve(shown) };
}
